"""Vectors of items by a model's own encoder: items that it takes for similar point the same way."""

from collections.abc import Sequence
from dataclasses import replace
from typing import final

import numpy as np
import torch
from jaxtyping import Float32

from banian.batches import encode_rows
from banian.export.inputs import entity_tensors
from banian.export.modules import EntityModule
from banian.inference import Predictor
from banian.inference.ask_rows import AskRows
from banian.spec import EntityTaskSpec, RowTaskSpec, ShopSpec

_AT_ONCE = 512


@final
class ItemVectors:
    """Encodes items as they are where the store ends, each once.

    Args:
        predictor: the model, and what is known of its entities.
        items: the entity.

    """

    def __init__(self, predictor: Predictor, items: str) -> None:
        self._predictor = predictor
        self._task, self._column = _reader_of(predictor.spec, items)
        grain = predictor.spec.tasks[self._task].grain
        self._name = items
        network = predictor.bundle.joint
        model = network.members[network.answering[self._task][0]]
        self._encoder = EntityModule(model, grain, self._name).eval()
        self._place: dict[str, int] = {}
        self._known = np.zeros((0, 1), np.float32)

    def of(self, keys: Sequence[str]) -> Float32[np.ndarray, "item width"]:
        """Give the vectors of some items, of length 1."""
        new = [key for key in dict.fromkeys(keys) if key not in self._place]
        if new:
            parts = [
                self._encode(new[start : start + _AT_ONCE])
                for start in range(0, len(new), _AT_ONCE)
            ]
            self._known = np.concatenate([self._known, *parts] if self._place else parts)
            self._place |= {key: len(self._place) + at for at, key in enumerate(new)}
        return self._known[[self._place[key] for key in keys]]

    @torch.inference_mode()
    def _encode(self, keys: Sequence[str]) -> Float32[np.ndarray, "item width"]:
        predictor = self._predictor
        asked = predictor.read(AskRows({self._column: keys}, len(keys)), tasks=(self._task,))
        rows, _, _ = predictor.rows(asked.groups[0])
        alone = replace(rows, entities={self._name: rows.entities[self._name]}).choose(())
        features = predictor.bundle.joint.features
        block = encode_rows(features, alone).blocks.get(self._name)
        tensors = entity_tensors(block, features.fields[self._name], len(keys))
        found = self._encoder(*tensors).numpy()
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return np.divide(found, length, out=np.zeros_like(found), where=length > 0)


def has_vectors(spec: ShopSpec, items: str) -> bool:
    """Say whether some task is told of an entity, so that there is an encoder of it."""
    return any(_reads(spec, name, items) for name in spec.tasks)


def _reader_of(spec: ShopSpec, items: str) -> tuple[str, str]:
    """Give a task that is told of an entity, and the column of its asks that names it."""
    for name in spec.tasks:
        if (column := _reads(spec, name, items)) is not None:
            return name, column
    raise AssertionError(f"no task is told of {items}")


def _reads(spec: ShopSpec, task: str, items: str) -> str | None:
    declared = spec.tasks[task]
    match declared:
        case EntityTaskSpec():
            return str(spec.tables[items].key) if declared.for_each == items else None
        case RowTaskSpec():
            links = [c for c, to in spec.source(declared.rows).links.items() if to == items]
            return links[0] if len(links) == 1 else None
