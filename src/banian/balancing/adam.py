"""Adam on one number per task.

Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
"""

from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

_RATE = 0.025  # that of GradNorm and of FAMO in their papers
_FIRST, _SECOND, _EPSILON = 0.9, 0.999, 1e-8


@final
class TaskAdam(nn.Module):
    """Counts steps and keeps moments for each task apart.

    `torch.optim.Adam` has one count for all, and its momentum would go on moving a task that is absent.

    Args:
        tasks: How many tasks there are.

    """

    first: Tensor
    second: Tensor
    steps: Tensor

    def __init__(self, tasks: int) -> None:
        super().__init__()
        for name in ("first", "second", "steps"):
            self.register_buffer(name, torch.zeros(tasks))

    def step(
        self,
        number: Float[Tensor, " task"],
        gradient: Float[Tensor, " task"],
        present: Bool[Tensor, " task"],
    ) -> Float[Tensor, " task"]:
        """Give the numbers after a step; those of absent tasks stay."""
        first = _FIRST * self.first + (1 - _FIRST) * gradient
        second = _SECOND * self.second + (1 - _SECOND) * gradient.square()
        self.first = torch.where(present, first, self.first)
        self.second = torch.where(present, second, self.second)
        self.steps = self.steps + present
        mean = first / (1 - _FIRST**self.steps)
        size = (second / (1 - _SECOND**self.steps)).sqrt()
        return torch.where(present, number - _RATE * mean / (size + _EPSILON), number)
