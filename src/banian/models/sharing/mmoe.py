"""Multi-gate mixture of experts.

Source: Ma et al., "Modeling Task Relationships in Multi-task Learning with Multi-gate
Mixture-of-Experts", KDD 2018, equations 6 and 7.
"""

from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor
from typing_extensions import override

from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.ensemble import build_linear
from banian.models.sharing.experts import Experts


@final
class MMoE(AbstractSharing):
    """Every task mixes the same experts through a gate of its own."""

    def __init__(
        self, dim: int, *, tasks: int, experts: int, width: int, dropout: float, members: int = 1
    ) -> None:
        super().__init__()
        self.experts = Experts(
            dim, experts=experts, width=width, dropout=dropout, members=members, first=True
        )
        self.gates = build_linear(
            dim, maps=tasks, width=experts, members=members, first=True, tasks=tasks
        )

    @override
    def forward(
        self,
        x: Float[Tensor, "batch dim"],
        scene: Int[Tensor, " batch"],
    ) -> Float[Tensor, "batch task width"]:
        del scene  # its gates see x alone
        return torch.einsum("bew,bte->btw", self.experts(x), self.gates(x).softmax(dim=2))
