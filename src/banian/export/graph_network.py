"""A network that answers by its graphs, in the place of the one that they were made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import torch
from jaxtyping import Float32, Float64
from typing_extensions import override

from banian.batches import Batch, encode_entity, encode_rows
from banian.errors import AskError
from banian.examples import GrainExamples
from banian.export.files import NetworkFiles
from banian.export.sessions import WeightSet
from banian.features import EntityFeatures
from banian.models import AbstractNetwork, read_logits, whole_groups

_AT_ONCE = 128
"""Rows that are passed at once: their tensors lie near the processor."""


@final
@dataclass(frozen=True)
class GraphNetwork(AbstractNetwork):
    """Answers as the network does, up to the last digits of a float32.

    Encoders and towers run in ONNX Runtime, in one thread; from logits to the units of labels it is the network's own
    way. The vectors of an entity can be asked for alone and kept, as long as its features stay what they were.
    """

    sets: Mapping[str, tuple[WeightSet, ...]]
    """Grain → its weight sets."""

    @classmethod
    def load(cls, network: AbstractNetwork, folder: Path, files: NetworkFiles) -> "GraphNetwork":
        """Load the graphs of a network from their folder."""
        sets = {
            grain: tuple(
                WeightSet(
                    folder,
                    one,
                    grain=grain,
                    model=network.members[one.member],
                    fields=network.features.fields,
                )
                for one in found
            )
            for grain, found in files.items()
        }
        return cls(network.features, network.grains, network.members, network.answering, sets)

    @override
    def answer(
        self, place: int, batch: Batch, tasks: Sequence[str]
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        (found,) = (one for one in self.sets[batch.grain] if one.member == place)
        return self._answer(found, batch, tasks, {})

    def encode(
        self, grain: str, entity: str, features: EntityFeatures
    ) -> Float32[np.ndarray, "set row width"]:
        """Encode an entity of rows of a grain, by each weight set; rows that are told alike are encoded once.

        Args:
            grain: Of the rows.
            entity: Which one; one whose events are read cannot be asked for alone.
            features: What is known of it.

        Raises:
            AskError: its vectors do not say all that is read of it.

        """
        if entity in self.reading(grain):
            raise AskError(
                f"The vectors of {entity} cannot be kept: its latest events are read as well.",
                remedy="Give its features with every row.",
            )
        block = encode_entity(self.features, grain, entity, replace(features, told=None))
        rows = len(features.present)
        found = np.stack([one.encode(entity, block, rows) for one in self.sets[grain]])
        return found if features.told is None else found[:, features.told]

    def reading(self, grain: str) -> frozenset[str]:
        """Name the entities of a grain whose latest events are read, beside their vectors."""
        return frozenset(entity for one in self.sets[grain] for entity, _ in one.paths)

    def entities(self, grain: str) -> tuple[str, ...]:
        """Name the entities of a grain that have vectors."""
        return self.sets[grain][0].entities

    def predict_encoded(
        self,
        rows: GrainExamples,
        tasks: tuple[str, ...],
        vectors: Mapping[str, Float32[np.ndarray, "set row width"]],
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        """Predict as `predict` does, with vectors of some entities in the place of their features.

        Args:
            rows: The rows; features of the entities that have vectors are not looked at, and need not be there.
            tasks: Tasks of their grain.
            vectors: Entity → what `encode` gave for these rows.

        """
        others = {name: seen for name, seen in rows.entities.items() if name not in vectors}
        known = replace(rows, entities=others).choose(tuple(self.grains[rows.grain].tasks))
        batch = encode_rows(self.features, known)
        own = {
            one.member: (one, {name: found[at] for name, found in vectors.items()})
            for at, one in enumerate(self.sets[rows.grain])
        }
        return self._average(
            tasks, lambda place, asked: self._answer(own[place][0], batch, asked, own[place][1])
        )

    @override
    def _predict(
        self, rows: GrainExamples, tasks: tuple[str, ...]
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        alone = set(self.entities(rows.grain)) - self.reading(rows.grain)
        vectors = {
            entity: self.encode(rows.grain, entity, seen)
            for entity, seen in rows.entities.items()
            if entity in alone and seen.told is not None and len(seen.present) < len(rows)
        }
        return self.predict_encoded(rows, tasks, vectors)

    @torch.inference_mode()
    def _answer(
        self,
        one: WeightSet,
        batch: Batch,
        tasks: Sequence[str],
        given: Mapping[str, Float32[np.ndarray, "row width"]],
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        parts: dict[str, list[torch.Tensor]] = {task: [] for task in tasks}
        model, rows = self.members[one.member], len(batch)
        for start in range(0, max(rows, 1), _AT_ONCE):
            stop = min(start + _AT_ONCE, rows)
            part = whole_groups(batch, start, stop)
            more = len(part) - (stop - start)
            vectors = {
                entity: _padded(given[entity][start:stop], more)
                if entity in given
                else one.encode(entity, part.blocks.get(entity), len(part))
                for entity in one.entities
            }
            logits = model.add_item_history_bias(part, one.tell(part, vectors))
            for task, found in parts.items():
                found.append(logits[task][: (stop - start) * model.members])
        joined = {task: torch.cat(found) for task, found in parts.items()}
        return {task: told.numpy() for task, told in read_logits(model, batch, joined).items()}


@final
@dataclass(frozen=True)
class EncodedNetwork(AbstractNetwork):
    """A network that answers rows of which the vectors of some entities are known."""

    network: GraphNetwork
    vectors: Mapping[str, Float32[np.ndarray, "set row width"]]
    """Entity → what `GraphNetwork.encode` gave for the rows that are to be answered."""

    @classmethod
    def of(
        cls, network: GraphNetwork, vectors: Mapping[str, Float32[np.ndarray, "set row width"]]
    ) -> "EncodedNetwork":
        """Put vectors beside a network."""
        return cls(
            network.features, network.grains, network.members, network.answering, network, vectors
        )

    @override
    def predict(
        self, rows: GrainExamples, tasks: tuple[str, ...]
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        return self.network.predict_encoded(rows, tasks, self.vectors) if tasks else {}

    @override
    def answer(
        self, place: int, batch: Batch, tasks: Sequence[str]
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        return self.network.answer(place, batch, tasks)


def _padded(vectors: Float32[np.ndarray, "row width"], more: int) -> np.ndarray:
    return np.concatenate([vectors, np.repeat(vectors[-1:], more, axis=0)]) if more else vectors
