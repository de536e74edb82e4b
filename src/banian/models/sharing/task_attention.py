"""Task attention over the layers of one shared network (MTAN), in its fully connected form.

Source: Liu et al., "End-to-End Multi-Task Learning with Attention", CVPR 2019, equations 1 and 2. Without
batch normalisation, by which rows would see each other.
"""

from collections.abc import Sequence
from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.dropout import Dropout
from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.layers import build_linear


@final
class TaskAttention(AbstractSharing):
    """Every task looks at each block of the shared network through a soft mask of its own.

    In block j, with u and p its first and second layer and f shared by all tasks:
    a = σ(h(relu(g[u; f(â of block j − 1)]))), â = a ⊙ p.

    Args:
        dim: Units of an input.
        tasks: Names of the tasks.
        blocks: How many blocks of two layers the shared network has.
        width: Units of the representation of each task.
        dropout: Probability that a unit is zeroed in training.
        members: How many members the ensemble has.

    """

    def __init__(
        self,
        dim: int,
        *,
        tasks: Sequence[str],
        blocks: int,
        width: int,
        dropout: float,
        members: int = 1,
    ) -> None:
        super().__init__()
        self.tasks = len(tasks)
        self.blocks = nn.ModuleList(
            _Block(
                width if block else dim,
                tasks=tasks,
                width=width,
                dropout=dropout,
                members=members,
                first=block == 0,
            )
            for block in range(blocks)
        )

    @override
    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch task width"]:
        shared, seen = x, x.new_zeros(x.shape[0], self.tasks, 0)
        for block in self.blocks:
            shared, seen = block(shared, seen)
        return seen


@final
class _Block(nn.Module):
    """Two layers of the shared network, and the mask of each task on the second."""

    def __init__(
        self,
        dim: int,
        *,
        tasks: Sequence[str],
        width: int,
        dropout: float,
        members: int,
        first: bool,
    ) -> None:
        super().__init__()
        self.dropout = Dropout(dropout)
        self.inner = build_linear(dim, maps=1, width=width, members=members, first=first)
        self.outer = build_linear(width, maps=1, width=width, members=members)
        self.feature: nn.Module = (
            nn.Identity() if first else build_linear(width, maps=1, width=width, members=members)
        )
        self.squeeze = build_linear(
            width if first else 2 * width,
            maps=len(tasks),
            width=width,
            members=members,
            tasks=tasks,
        )
        self.mask = build_linear(width, maps=len(tasks), width=width, members=members, tasks=tasks)

    @override
    def forward(
        self,
        x: Float[Tensor, "batch dim"] | Float[Tensor, "batch 1 dim"],
        seen: Float[Tensor, "batch task _"],
    ) -> tuple[Float[Tensor, "batch 1 width"], Float[Tensor, "batch task width"]]:
        """Give the block's second layer, and what each task sees of it."""
        inner = F.relu(self.dropout(self.inner(x)), inplace=True)
        outer = F.relu(self.dropout(self.outer(inner)), inplace=True)
        feature = F.relu(self.feature(seen))
        both = torch.cat([inner.expand(-1, seen.shape[1], -1), feature], dim=2)
        mask = self.mask(F.relu(self.squeeze(both))).sigmoid()
        return outer, mask * outer
