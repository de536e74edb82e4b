"""All entities of a row as one vector."""

from collections.abc import Mapping, Sequence
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block, CategoryPart, Fields
from banian.models.encoders.bi_interaction import BiInteraction
from banian.models.encoders.entity import EntityEncoder
from banian.models.encoders.fields import FieldsEmbedding
from banian.models.encoders.joined_rows import JoinedRows
from banian.models.encoders.part_encoder import Prepared
from banian.models.encoders.plan import plan_tables
from banian.models.encoders.sequences import SequencesEncoder
from banian.models.encoders.tables import EmbeddingTables
from banian.models.module_key import module_key
from banian.spec import ModelSpec, NoContentSpec, NoSequencesSpec

Embedded = Mapping[str, Float[Tensor, "carrying _"]]
"""Entity → the vectors of its fields side by side, in the rows of all batches that carry it."""


@final
class EntitiesEncoder(nn.Module):
    """Joins the vectors of the entities, in the order of their names.

    An entity that a batch does not carry is absent from all its rows, so that batches of every
    grain come out equally wide.

    Args:
        fields: Entity → its fields.
        spec: How numbers, categories, ids, pairs and sequences are encoded.
        width: Units of each entity's vector.
        long_fields: Whether categories with very many values, whose gradients are sparse, and texts are encoded, too.

    """

    def __init__(
        self,
        fields: Mapping[str, Fields],
        spec: ModelSpec,
        *,
        width: int,
        long_fields: bool = True,
    ) -> None:
        super().__init__()
        self.names = tuple(sorted(fields))
        pairs = spec.pairs if len(self.names) > 1 else 0
        self.pairs = BiInteraction(len(self.names), width=width, dim=pairs) if pairs else None
        self.tables = EmbeddingTables(
            plan_tables(fields, spec, long_fields=long_fields),
            sparse_rows=spec.fields.sparse_rows,
        )
        self.fields = nn.ModuleDict(
            {
                module_key(name): FieldsEmbedding(
                    fields[name],
                    spec.numbers,
                    spec.text if long_fields else NoContentSpec(),
                    categorical=self.tables.dims.get(name, 0),
                )
                for name in self.names
            }
        )
        self.encoders = nn.ModuleDict(
            {
                module_key(name): EntityEncoder(
                    self.embedding(name).dim, width=width, dropout=spec.dropout
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

    def prepare(self, rows: JoinedRows) -> dict[str, Prepared]:
        """Compute for each entity what every encoder of its fields needs, whatever its weights."""
        return {
            name: self.embedding(name).prepare(block)
            for name, block in rows.blocks.items()
            if name in self.names
        }

    def embed(self, rows: JoinedRows, prepared: Mapping[str, Prepared]) -> dict[str, Tensor]:
        """Embed the fields of each entity; `prepared` may come from any encoder of the same fields."""
        blocks = {name: block for name, block in rows.blocks.items() if name in self.names}
        vectors = self.tables({name: _codes(block) for name, block in blocks.items()})
        return {
            name: self._embed(name, block, prepared[name], vectors)
            for name, block in blocks.items()
        }

    @override
    def forward(self, rows: JoinedRows, embedded: Embedded) -> Float[Tensor, "row dim"]:
        """Encode rows from their embedded fields."""
        return self.join([self._place(name, rows, embedded) for name in self.names], rows)

    def join(
        self, vectors: Sequence[Float[Tensor, "row width"]], rows: JoinedRows
    ) -> Float[Tensor, "row dim"]:
        """Put the vectors of the entities side by side, and behind them pairs and what was read of sequences."""
        parts = [torch.cat([*vectors], dim=1)]
        if self.pairs:
            parts.append(self.pairs(torch.stack([*vectors], dim=1)))
        if self.sequences and self.sequences.dim:
            read = zip(parts[0].split(rows.sizes), rows.batches, strict=True)
            parts.append(torch.cat([self.sequences(x, batch, self.tables) for x, batch in read]))
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def encode(self, name: str, block: Block, prepared: Prepared) -> Float[Tensor, "batch width"]:
        """Encode one entity of the rows, as if they had no other, from what any encoder prepared of it."""
        fields = self._embed(name, block, prepared, self.tables({name: _codes(block)}))
        vector: Tensor = self.encoder(name)(fields, block.present)
        return vector

    def embedding(self, name: str) -> FieldsEmbedding:
        """Give the part that embeds the fields of an entity."""
        embedding = self.fields[module_key(name)]
        assert isinstance(embedding, FieldsEmbedding)
        return embedding

    def encoder(self, name: str) -> EntityEncoder:
        """Give the part that mixes the embedded fields of an entity."""
        encoder = self.encoders[module_key(name)]
        assert isinstance(encoder, EntityEncoder)
        return encoder

    def _place(self, name: str, rows: JoinedRows, embedded: Embedded) -> Tensor:
        encoder = self.encoder(name)
        if name not in embedded:
            return rows.place(name, None, encoder.absent)
        found = encoder(embedded[name], rows.blocks[name].present)
        return rows.place(name, found, encoder.absent)

    def _embed(
        self, name: str, block: Block, prepared: Prepared, vectors: Mapping[str, Tensor]
    ) -> Tensor:
        nothing = self.encoder(name).absent.new_zeros(block.present.shape[0], 0)
        embedded: Tensor = self.embedding(name)(block, prepared, vectors.get(name, nothing))
        return embedded


def _codes(block: Block) -> Int[Tensor, "batch field"]:
    """Give the codes of the rows that have the entity; 0 in the others."""
    return torch.where(block.present.unsqueeze(1), block.part(CategoryPart).codes, 0)
