"""A low-rank update per task of maps that all tasks share.

Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022, equation 3, with α = r.
"""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from typing_extensions import override

from banian.models.ownership import hold
from banian.models.sharing.linear import AbstractLinear


@final
class AdaptedLinear(AbstractLinear):
    """Task t computes W x + B_t A_t x, with A_t of a few rows and B_t from 0.

    The rows of the first task come first, then as many of the second, and so on.
    """

    def __init__(self, linear: AbstractLinear, *, tasks: int, rank: int) -> None:
        super().__init__()
        self.dim, self.maps, self.width = linear.dim, linear.maps, linear.width
        self.is_owned = False
        self.tasks = tasks
        self.linear = linear
        bound = 1 / math.sqrt(self.dim)
        down = torch.empty(tasks, self.maps, rank, self.dim).uniform_(-bound, bound)
        self.down = hold(down, tasks=tasks)
        self.up = hold(torch.zeros(tasks, self.maps, self.width, rank), tasks=tasks)

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"] | Float[Tensor, "batch map dim"]
    ) -> Float[Tensor, "batch map width"]:
        seen = x.unsqueeze(1) if x.ndim == 2 else x
        by_task = seen.unflatten(0, (self.tasks, len(x) // self.tasks))
        low = torch.einsum("trmd,tmkd->trmk", by_task, self.down())
        update = torch.einsum("trmk,tmwk->trmw", low, self.up())
        out: Tensor = self.linear(x)
        return out + update.flatten(0, 1)
