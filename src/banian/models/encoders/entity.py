"""One entity of a row as a vector; an absent one is a learned vector."""

from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.mlp import MLP

HIDDEN = 128
"""Least hidden units: fewer make a bottleneck of an entity with many fields."""


@final
class EntityEncoder(nn.Module):
    """Mixes the embedded fields of an entity in a perceptron; where it is absent, a learned vector takes its place.

    Args:
        dim: Units of the embedded fields.
        width: Units of the entity's vector.
        dropout: Probability that a hidden unit is zeroed in training.

    """

    def __init__(self, dim: int, *, width: int, dropout: float) -> None:
        super().__init__()
        self.mlp = MLP(dim, hidden=max(width, HIDDEN), width=width, dropout=dropout)
        self.absent = nn.Parameter(torch.zeros(width))

    @override
    def forward(
        self, fields: Float[Tensor, "batch dim"], present: Bool[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        return torch.where(present.unsqueeze(1), self.mlp(fields), self.absent)
