"""Random loss weighting.

Source: Lin et al., "Reasonable Effectiveness of Random Weighting: A Litmus Test for Multi-Task Learning", TMLR 2022,
section 3.1 with weights from a normal distribution.
"""

from collections.abc import Sequence
from typing import final

import torch
from torch import nn
from typing_extensions import override

from banian.balancing.base import AbstractBalance, Move, Update
from banian.balancing.descend import descend
from banian.balancing.micro_batch import MicroBatch


@final
class RandomWeights(AbstractBalance):
    """Weights K·softmax(z) for K tasks, z drawn anew for every update from torch's global generator.

    Args:
        tasks: How many tasks there are.

    """

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.tasks = tasks

    @override
    def update(
        self, micro_batches: Sequence[MicroBatch], shared: Sequence[nn.Parameter], move: Move
    ) -> Update:
        weight = self.tasks * torch.randn(self.tasks).softmax(dim=0).to(micro_batches[0].share)
        loss, share = descend(micro_batches, weight)
        move()
        return Update(loss, share, weight)
