"""Any sharing with low-rank adapters per task.

Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022, equation 3, with α = r.
"""

import math
from collections.abc import Sequence
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from typing_extensions import override

from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.layers import AbstractLinear, build_parameter


@final
class AdaptedSharing(AbstractSharing):
    """Passes the rows through the sharing once per task, each time with that task's adapters.

    They sit on the maps that all tasks share; maps of a task's own need none.

    Args:
        adapted: The sharing that gets the adapters; it is changed in place.
        tasks: Names of the tasks, in the order in which the sharing was built for them.
        rank: Rows of A_t, see `AdaptedLinear`.

    """

    def __init__(self, adapted: AbstractSharing, *, tasks: Sequence[str], rank: int) -> None:
        super().__init__()
        self.passes = len(tasks)
        self.adapted = adapted
        for parent in [*adapted.modules()]:
            for name, part in [*parent.named_children()]:
                if isinstance(part, AbstractLinear) and not part.is_owned:
                    parent.register_module(name, AdaptedLinear(part, tasks=tasks, rank=rank))

    @override
    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch task width"]:
        rows = x.unsqueeze(0).expand(self.passes, -1, -1).flatten(0, 1)
        by_pass = self.adapted(rows).unflatten(0, (self.passes, x.shape[0]))
        return by_pass.diagonal(dim1=0, dim2=2).transpose(1, 2)

    @override
    def penalty(self) -> Float[Tensor, ""]:
        return self.adapted.penalty()


@final
class AdaptedLinear(AbstractLinear):
    """Task t computes W x + B_t A_t x, with A_t of a few rows and B_t from 0.

    The rows of the first task come first, then as many of the second, and so on.

    Args:
        linear: The maps W, which all tasks share.
        tasks: Names of the tasks, in the order of their rows.
        rank: Rows of A_t.

    """

    def __init__(self, linear: AbstractLinear, *, tasks: Sequence[str], rank: int) -> None:
        super().__init__()
        self.dim, self.maps, self.width = linear.dim, linear.maps, linear.width
        self.is_owned = False
        self.passes = len(tasks)
        self.linear = linear
        bound = 1 / math.sqrt(self.dim)
        down = torch.empty(self.passes, self.maps, rank, self.dim).uniform_(-bound, bound)
        self.down = build_parameter(down, tasks=tasks)
        up = torch.zeros(self.passes, self.maps, self.width, rank)
        self.up = build_parameter(up, tasks=tasks)

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"] | Float[Tensor, "batch map dim"]
    ) -> Float[Tensor, "batch map width"]:
        seen = x.unsqueeze(1) if x.ndim == 2 else x
        by_task = seen.unflatten(0, (self.passes, x.shape[0] // self.passes))
        low = torch.einsum("trmd,tmkd->trmk", by_task, self.down())
        update = torch.einsum("trmk,tmwk->trmw", low, self.up())
        out: Tensor = self.linear(x)
        return out + update.flatten(0, 1)
