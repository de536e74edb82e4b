"""The histories of all entities of a row as one vector."""

from collections.abc import Mapping
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Batch, Events, Fields
from banian.models.encoders.event import EventEncoder
from banian.models.encoders.histories import AbstractHistory, build_history
from banian.models.encoders.plan import events_key
from banian.models.encoders.tables import EmbeddingTables
from banian.models.module_key import module_key
from banian.spec import AttentionSpec, ModelSpec, TransformerSpec


@final
class SequencesEncoder(nn.Module):
    """Maps every sequence, with a query made of the row's entities, to a vector; these stand in the order of names.

    A sequence that a batch does not carry, or of an entity that a row does not have, is a history without events.

    Args:
        fields: Entity → its fields, the paths of its events among them.
        model: How numbers are encoded, and the dropout.
        spec: How events are read.
        tables: Key of a sequence → units of the vectors of its categorical fields together.
        dim: Units of the row's entities together.

    """

    def __init__(
        self,
        fields: Mapping[str, Fields],
        model: ModelSpec,
        spec: AttentionSpec | TransformerSpec,
        tables: Mapping[str, int],
        *,
        dim: int,
    ) -> None:
        super().__init__()
        self.paths = [
            (entity, path) for entity in sorted(fields) for path in sorted(fields[entity].events)
        ]
        self.dim = len(self.paths) * spec.width
        keys = {events_key(*at): fields[at[0]].events[at[1]] for at in self.paths}
        self.events = nn.ModuleDict(
            {
                module_key(key): EventEncoder(
                    part, model.numbers, categorical=tables.get(key, 0), width=spec.width
                )
                for key, part in keys.items()
            }
        )
        self.queries = nn.ModuleDict({module_key(key): nn.Linear(dim, spec.width) for key in keys})
        self.histories = nn.ModuleDict(
            {module_key(key): build_history(spec, dropout=model.dropout) for key in keys}
        )

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"], batch: Batch, tables: EmbeddingTables
    ) -> Float[Tensor, "batch width"]:
        return torch.cat([self._read(*at, x, batch, tables) for at in self.paths], dim=1)

    def _read(
        self, entity: str, path: str, x: Tensor, batch: Batch, tables: EmbeddingTables
    ) -> Tensor:
        key = events_key(entity, path)
        history = self.histories[module_key(key)]
        assert isinstance(history, AbstractHistory)
        block = batch.blocks.get(entity)
        events: Events | None = None if block is None else block.events.get(path)
        if events is None:
            return history.nothing.expand(batch.scene.shape[0], -1)
        vectors, is_there = self.events[module_key(key)](events, tables, key)
        read: Tensor = history(self.queries[module_key(key)](x), vectors, is_there)
        return read
