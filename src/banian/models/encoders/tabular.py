"""The fields of an entity as one vector."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block, Fields
from banian.models.encoders.numbers import build_numbers
from banian.models.mlp import MLP
from banian.spec import ModelSpec

HIDDEN = 128
"""Least hidden units: fewer make a bottleneck of an entity with many fields."""


@final
class TabularEncoder(nn.Module):
    """Embeds each number, joins the vectors with those of the categorical fields, and mixes them in a perceptron.

    Of an entity without fields it knows that it is there.

    Args:
        fields: What the entity is described by.
        spec: How numbers are encoded, and the dropout.
        categorical: Units of the vectors of its categorical fields together.
        width: Units of the result.

    """

    def __init__(self, fields: Fields, spec: ModelSpec, *, categorical: int, width: int) -> None:
        super().__init__()
        self.numbers = build_numbers(spec.numbers, fields) if fields.numeric else None
        dim = categorical + (self.numbers.dim if self.numbers else 0)
        self.mlp = MLP(max(dim, 1), hidden=max(width, HIDDEN), width=width, dropout=spec.dropout)

    @override
    def forward(
        self, block: Block, categorical: Float[Tensor, "batch categorical"]
    ) -> Float[Tensor, "batch width"]:
        # The vectors of numbers come with their rows last in memory: joined as they lie, nothing is turned around.
        vectors = [self.numbers(block).t()] if self.numbers else []
        if categorical.shape[1]:
            vectors.append(categorical.t())
        if not vectors:
            vectors.append(block.present.unsqueeze(0).to(block.numeric.dtype))
        joined = vectors[0] if len(vectors) == 1 else torch.cat(vectors)
        out: Tensor = self.mlp(joined.t())
        return out
