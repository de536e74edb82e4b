"""The fields of an entity as one vector."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block, Fields
from banian.models.encoders.part_encoder import Prepared
from banian.models.encoders.parts import PartsEncoder
from banian.models.mlp import MLP
from banian.spec import ModelSpec

HIDDEN = 128
"""Least hidden units: fewer make a bottleneck of an entity with many fields."""


@final
class TabularEncoder(nn.Module):
    """Joins the vectors of all fields, those of the categorical ones last, and mixes them in a perceptron.

    Of an entity without fields it knows that it is there.

    Args:
        fields: What the entity is described by.
        spec: How numbers are encoded, and the dropout.
        categorical: Units of the vectors of its categorical fields together.
        width: Units of the result.

    """

    def __init__(self, fields: Fields, spec: ModelSpec, *, categorical: int, width: int) -> None:
        super().__init__()
        self.parts = PartsEncoder(fields, spec.numbers)
        dim = categorical + self.parts.dim
        self.mlp = MLP(max(dim, 1), hidden=max(width, HIDDEN), width=width, dropout=spec.dropout)

    def prepare(self, block: Block) -> Prepared:
        """Compute what every encoder of these fields needs, whatever its weights."""
        return self.parts.prepare(block)

    @override
    def forward(
        self, block: Block, prepared: Prepared, categorical: Float[Tensor, "batch categorical"]
    ) -> Float[Tensor, "batch width"]:
        # The vectors of numbers come with their rows last in memory: joined as they lie, nothing is turned around.
        vectors = [vector.t() for vector in self.parts(block, prepared)]
        if categorical.shape[1]:
            vectors.append(categorical.t())
        if not vectors:
            vectors.append(block.present.unsqueeze(0).to(categorical.dtype))
        joined = vectors[0] if len(vectors) == 1 else torch.cat(vectors)
        out: Tensor = self.mlp(joined.t())
        return out
