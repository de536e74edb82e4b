"""The fields of an entity as one vector."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block, Fields
from banian.models.encoders.categorical import CategoricalEmbedding
from banian.models.encoders.numeric import NumericEmbedding
from banian.models.mlp import MLP

FIELD_WIDTH = 8
"""Units of the vector that stands for one field."""
HIDDEN = 128
"""Least hidden units: fewer make a bottleneck of an entity with many fields."""


@final
class TabularEncoder(nn.Module):
    """Embeds each field, joins the vectors, and mixes them in a two-layer perceptron."""

    def __init__(self, fields: Fields, *, width: int, dropout: float) -> None:
        super().__init__()
        embeddings: list[NumericEmbedding | _Categories | _Presence] = []
        if fields.numeric:
            embeddings.append(
                NumericEmbedding(
                    fields.numeric, bins=fields.bins, specials=fields.specials, width=FIELD_WIDTH
                )
            )
        if fields.vocabulary_sizes:
            embeddings.append(_Categories(fields.vocabulary_sizes))
        if not embeddings:
            embeddings.append(_Presence())
        dim = sum(embedding.dim for embedding in embeddings)
        self.embeddings = nn.ModuleList(embeddings)
        self.mlp = MLP(dim, hidden=max(width, HIDDEN), width=width, dropout=dropout)

    @override
    def forward(self, block: Block) -> Float[Tensor, "batch width"]:
        # The vectors of numbers come with their rows last in memory: joined as they lie, nothing is turned around.
        vectors = [embedding(block).t() for embedding in self.embeddings]
        joined = vectors[0] if len(vectors) == 1 else torch.cat(vectors)
        out: Tensor = self.mlp(joined.t())
        return out


@final
class _Categories(nn.Module):
    """The categorical fields of a block."""

    def __init__(self, vocabulary_sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.codes = CategoricalEmbedding(vocabulary_sizes, width=FIELD_WIDTH)
        self.dim = self.codes.dim

    @override
    def forward(self, block: Block) -> Float[Tensor, "batch dim"]:
        codes = torch.where(block.present.unsqueeze(1), block.categorical, 0)
        vectors: Tensor = self.codes(codes)
        return vectors


@final
class _Presence(nn.Module):
    """All there is to know of an entity without fields: that it is there."""

    dim = 1

    @override
    def forward(self, block: Block) -> Float[Tensor, "batch 1"]:
        return block.present.unsqueeze(1).to(block.numeric.dtype)
