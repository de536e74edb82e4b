"""Multi-gate mixture of experts.

Source: Ma et al., "Modeling Task Relationships in Multi-task Learning with Multi-gate
Mixture-of-Experts", KDD 2018, equations 6 and 7.
"""

from collections.abc import Sequence
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from typing_extensions import override

from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.layers import Experts, build_linear, weigh_experts


@final
class MMoE(AbstractSharing):
    """Every task mixes the same experts through a gate of its own.

    Args:
        dim: Units of an input.
        tasks: Names of the tasks.
        experts: How many experts all tasks share.
        width: Units of the representation of each task.
        dropout: Probability that a unit is zeroed in training.
        members: How many members the ensemble has.

    """

    def __init__(
        self,
        dim: int,
        *,
        tasks: Sequence[str],
        experts: int,
        width: int,
        dropout: float,
        members: int = 1,
    ) -> None:
        super().__init__()
        self.experts = Experts(
            dim, experts=experts, width=width, dropout=dropout, members=members, first=True
        )
        self.gates = build_linear(
            dim, maps=len(tasks), width=experts, members=members, first=True, tasks=tasks
        )

    @override
    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch task width"]:
        return torch.bmm(weigh_experts(self.gates(x)), self.experts(x))
