"""The two halves of a network as modules that take tensors and give tensors: what a graph is traced from.

The first encodes one entity of a row for every encoder that reads it; the second goes on from the vectors of all
entities to logits. So the vector of a product can be kept while customers come and go.
"""

from collections.abc import Sequence
from typing import final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Batch, Block, CategoryPart, Events, NumberPart
from banian.models import Model
from banian.models.encoders import EntitiesEncoder, TaskEncoder
from banian.models.encoders.joined_rows import JoinedRows

EventTensors = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
"""Of the events of a path: values, codes and categories of the pool, and for each row first, count and ages."""


@final
class EntityModule(nn.Module):
    """Encodes one entity of the rows of a grain, by all encoders that read it.

    Parameters have the same names whatever the grain.

    Args:
        model: A frozen network.
        grain: Whose private encoder is taken.
        entity: Which entity.

    """

    def __init__(self, model: Model, grain: str, entity: str) -> None:
        super().__init__()
        self.entity = entity
        views = [view.encoder for view in task_encoders(model) if entity in view.encoder.names]
        self.encoders = nn.ModuleList([model.entities, *views, model.private_encoder(grain)])

    @override
    def forward(
        self,
        values: Int[Tensor, "row number 2"],
        codes: Int[Tensor, "row number"],
        categories: Int[Tensor, "row category"],
        present: Bool[Tensor, " row"],
    ) -> Float[Tensor, "row width"]:
        """Give the vectors side by side: the shared one, those of the tasks' views, the private one."""
        block = Block((NumberPart(values, codes), CategoryPart(categories)), present)
        first = self.encoders[0]
        assert isinstance(first, EntitiesEncoder)
        prepared = first.embedding(self.entity).prepare(block)
        vectors = []
        for encoder in self.encoders:
            assert isinstance(encoder, EntitiesEncoder)
            vectors.append(encoder.encode(self.entity, block, prepared))
        return torch.cat(vectors, dim=1)


@final
class TailModule(nn.Module):
    """Goes on from the vectors of a row's entities to the logits of the tasks of its grain.

    Args:
        model: A frozen network.
        grain: Which grain.
        entities: Names of the entities that its rows can have, in the order of their vectors.
        tasks: Names of its tasks, in the order of their logits.
        paths: Entity and path of the events that are read, in the order of their tensors.

    """

    def __init__(
        self,
        model: Model,
        grain: str,
        *,
        entities: Sequence[str],
        tasks: Sequence[str],
        paths: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__()
        self.model, self.grain = model, grain
        self.private = model.private_encoder(grain)
        self.entities, self.tasks, self.paths = tuple(entities), tuple(tasks), tuple(paths)

    @override
    def forward(
        self,
        scene: Int[Tensor, " row"],
        vectors: list[Float[Tensor, "row _"]],
        events: list[EventTensors],
    ) -> tuple[Float[Tensor, "each _"], ...]:
        """Give the logits of each task; of an ensemble, those of all members of a row below each other."""
        rows = JoinedRows((self._batch(scene, events),), {})
        model, views = self.model, task_encoders(self.model)
        readers = [model.entities, *(view.encoder for view in views), self.private]
        found = self._split(vectors, readers)
        joined = [
            reader.join(
                [own.get(name, self._absent(reader, name, scene)) for name in reader.names], rows
            )
            for reader, own in zip(readers, found, strict=True)
        ]
        seen = [joined[0], *(v.arrange(x) for v, x in zip(views, joined[1:-1], strict=True))]
        logits = model.tell(rows.batches[0], model.share(seen, scene), joined[-1])
        return tuple(logits[task] for task in self.tasks)

    def _split(
        self, vectors: Sequence[Tensor], readers: Sequence[EntitiesEncoder]
    ) -> list[dict[str, Tensor]]:
        """Cut the vector of each entity into those of its readers, in the order of `EntityModule`."""
        found: list[dict[str, Tensor]] = [{} for _ in readers]
        for name, vector in zip(self.entities, vectors, strict=True):
            reading = [at for at, reader in enumerate(readers) if name in reader.names]
            widths = [readers[at].encoder(name).absent.shape[0] for at in reading]
            for at, part in zip(reading, vector.split(widths, dim=1), strict=True):
                found[at][name] = part
        return found

    def _absent(self, reader: EntitiesEncoder, name: str, scene: Tensor) -> Tensor:
        return reader.encoder(name).absent.expand(scene.shape[0], -1)

    def _batch(self, scene: Tensor, events: Sequence[EventTensors]) -> Batch:
        """Make a batch of what is left to read: scenes and events."""
        blocks: dict[str, Block] = {}
        for (entity, path), tensors in zip(self.paths, events, strict=True):
            values, codes, categories, first, count, age = tensors
            seen = Events((NumberPart(values, codes), CategoryPart(categories)), first, count, age)
            others = blocks[entity].events if entity in blocks else {}
            blocks[entity] = Block(
                (), torch.ones_like(scene, dtype=torch.bool), {**others, path: seen}
            )
        nothing = scene.new_zeros(scene.shape[0], len(self.tasks), dtype=torch.float32)
        return Batch(self.grain, self.tasks, blocks, scene, nothing, nothing, nothing.bool())


def task_encoders(model: Model) -> list[TaskEncoder]:
    """List the views of the tasks, in the order in which the sharing sees them."""
    return [view for view in model.views.values() if isinstance(view, TaskEncoder)]
