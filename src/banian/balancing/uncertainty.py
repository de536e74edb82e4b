"""Weights from the noise that each task is found to have.

Source: Kendall et al., "Multi-Task Learning Using Uncertainty to Weigh Losses for Scene Geometry and Semantics",
CVPR 2018, equations 7 and 10, with s = log σ² learned as its section 3.2 says.
"""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn
from typing_extensions import override

from banian.balancing.adam import TaskAdam
from banian.balancing.base import AbstractBalance, Move, Update
from banian.balancing.descend import descend
from banian.balancing.micro_batch import MicroBatch

_FARTHEST = (
    7.0  # weights between 1/1000 and 1000: a loss that reaches 0 would take its weight to infinity
)


@final
class UncertaintyWeights(AbstractBalance):
    """Minimises Σ e^(−s)·L + n·s over the model and over each task's s.

    That is twice the paper's ½e^(−s)·L + ½s, so that weights start at 1. As its likelihood has one factor per label, s
    counts n times, n being this update's labels by those of an average one: 1 where all are there, 0 for absent tasks.

    Args:
        tasks: How many tasks there are.

    """

    scale: Tensor

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.register_buffer("scale", torch.zeros(tasks))
        self.adam = TaskAdam(tasks)

    @override
    def update(
        self, micro_batches: Sequence[MicroBatch], shared: Sequence[nn.Parameter], move: Move
    ) -> Update:
        weight = (-self.scale).exp()
        loss, share = descend(micro_batches, weight)
        scale = self.adam.step(self.scale, share - weight * loss, share > 0)
        self.scale = scale.clamp(-_FARTHEST, _FARTHEST)
        move()
        return Update(loss, share, weight)
