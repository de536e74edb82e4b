"""Several perceptrons side by side."""

from typing import final

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.sharing.ensemble import build_linear


@final
class Experts(nn.Module):
    """Two-layer perceptrons of equal shape, all in one product per layer.

    Each of several groups has `experts` of them. All groups see one and the same input, or each its own.
    With `tasks`, each task owns an equal part of the groups.
    """

    def __init__(
        self,
        dim: int,
        *,
        groups: int = 1,
        experts: int,
        width: int,
        dropout: float,
        members: int = 1,
        first: bool = False,
        tasks: int | None = None,
    ) -> None:
        super().__init__()
        self.shape = (groups * experts, width)
        self.dropout = nn.Dropout(dropout)
        self.first = build_linear(
            dim, maps=groups, width=experts * width, members=members, first=first, tasks=tasks
        )
        self.second = build_linear(
            width, maps=groups * experts, width=width, members=members, tasks=tasks
        )

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"] | Float[Tensor, "batch group dim"]
    ) -> Float[Tensor, "batch expert width"]:
        hidden = self.dropout(F.relu(self.first(x))).flatten(1).unflatten(1, self.shape)
        out: Tensor = self.dropout(F.relu(self.second(hidden)))
        return out
