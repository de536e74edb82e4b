"""All entities of a row as one vector."""

from collections.abc import Mapping
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Batch, Block, CategoryPart, Fields, NumberPart
from banian.models.encoders.bi_interaction import BiInteraction
from banian.models.encoders.entity import EntityEncoder
from banian.models.encoders.part_encoder import Prepared
from banian.models.encoders.plan import plan_tables
from banian.models.encoders.sequences import SequencesEncoder
from banian.models.encoders.tables import EmbeddingTables
from banian.models.module_key import module_key
from banian.spec import ModelSpec, NoSequencesSpec


@final
class EntitiesEncoder(nn.Module):
    """Joins the vectors of the entities, in the order of their names.

    An entity that a batch does not carry is absent from all its rows, so that batches of every
    grain come out equally wide.

    Args:
        fields: Entity → its fields.
        spec: How numbers, categories, ids, pairs and sequences are encoded.
        width: Units of each entity's vector.

    """

    def __init__(self, fields: Mapping[str, Fields], spec: ModelSpec, *, width: int) -> None:
        super().__init__()
        self.names = tuple(sorted(fields))
        pairs = spec.pairs if len(self.names) > 1 else 0
        self.pairs = BiInteraction(len(self.names), width=width, dim=pairs) if pairs else None
        self.tables = EmbeddingTables(
            plan_tables(fields, spec), sparse_rows=spec.fields.sparse_rows
        )
        self.encoders = nn.ModuleDict(
            {
                module_key(name): EntityEncoder(
                    fields[name], spec, categorical=self.tables.dims.get(name, 0), width=width
                )
                for name in self.names
            }
        )

        joined = len(self.names) * width
        self.sequences = (
            None
            if isinstance(spec.sequences, NoSequencesSpec)
            else SequencesEncoder(fields, spec, spec.sequences, self.tables.dims, dim=joined)
        )
        self.dim = joined + pairs + (self.sequences.dim if self.sequences else 0)

    def prepare(self, batch: Batch) -> dict[str, Prepared]:
        """Compute for each entity what every encoder of its fields needs, whatever its weights."""
        return {
            name: self.encoder(name).prepare(block)
            for name, block in batch.blocks.items()
            if name in self.names
        }

    @override
    def forward(self, batch: Batch, prepared: Mapping[str, Prepared]) -> Float[Tensor, "batch dim"]:
        """Encode rows; `prepared` may come from any encoder of the same fields."""
        codes = {name: _codes(block) for name, block in batch.blocks.items() if name in self.names}
        vectors = self.tables(codes)
        x = torch.stack(
            [self._encode(name, batch, prepared, vectors) for name in self.names], dim=1
        )
        parts = [x.flatten(1)]
        if self.pairs:
            parts.append(self.pairs(x))
        if self.sequences and self.sequences.dim:
            parts.append(self.sequences(parts[0], batch, self.tables))
        return torch.cat(parts, dim=1)

    def encode(self, name: str, block: Block) -> Float[Tensor, "batch width"]:
        """Encode one entity of the rows, as if they had no other."""
        prepared = self.encoder(name).prepare(block)
        return self._mix(name, block, prepared, self.tables({name: _codes(block)}))

    def _encode(
        self,
        name: str,
        batch: Batch,
        prepared: Mapping[str, Prepared],
        vectors: Mapping[str, Tensor],
    ) -> Tensor:
        if name not in batch.blocks:
            return self.encoder(name).absent.expand(batch.scene.shape[0], -1)
        return self._mix(name, batch.blocks[name], prepared[name], vectors)

    def _mix(
        self, name: str, block: Block, prepared: Prepared, vectors: Mapping[str, Tensor]
    ) -> Tensor:
        nothing = block.part(NumberPart).values.new_zeros(block.present.shape[0], 0)
        vector: Tensor = self.encoder(name)(block, prepared, vectors.get(name, nothing))
        return vector

    def encoder(self, name: str) -> EntityEncoder:
        """Give the part that encodes an entity."""
        encoder = self.encoders[module_key(name)]
        assert isinstance(encoder, EntityEncoder)
        return encoder


def _codes(block: Block) -> Int[Tensor, "batch field"]:
    """Give the codes of the rows that have the entity; 0 in the others."""
    return torch.where(block.present.unsqueeze(1), block.part(CategoryPart).codes, 0)
