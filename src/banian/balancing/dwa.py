"""Dynamic weight average.

Source: Liu, Johns and Davison, "End-to-End Multi-Task Learning with Attention", CVPR 2019, equation 7.
"""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn
from typing_extensions import override

from banian.balancing.base import AbstractBalance, Move, Update
from banian.balancing.descend import descend
from banian.balancing.micro_batch import MicroBatch


@final
class DynamicWeightAverage(AbstractBalance):
    """Weights K·softmax(r / T) with r, for each of K tasks, last epoch's mean loss by that of the epoch before it.

    r is 1 until two epochs are over, and for tasks without labels in one of them. Means are over labels.

    Args:
        tasks: How many tasks there are.
        temperature: The paper's T; the higher, the more alike the weights.
        updates_per_epoch: After how many updates an epoch ends.

    """

    updates: Tensor
    loss: Tensor
    share: Tensor
    last: Tensor
    ratio: Tensor

    def __init__(self, tasks: int, *, temperature: float, updates_per_epoch: int) -> None:
        super().__init__()
        self.temperature, self.updates_per_epoch = temperature, updates_per_epoch
        self.register_buffer("updates", torch.zeros((), dtype=torch.long))
        self.register_buffer("loss", torch.zeros(tasks))
        self.register_buffer("share", torch.zeros(tasks))
        self.register_buffer("last", torch.full((tasks,), torch.nan))
        self.register_buffer("ratio", torch.ones(tasks))

    @override
    def update(
        self, micro_batches: Sequence[MicroBatch], shared: Sequence[nn.Parameter], move: Move
    ) -> Update:
        weight = len(self.ratio) * (self.ratio / self.temperature).softmax(dim=0)
        loss, share = descend(micro_batches, weight)
        move()
        self.loss, self.share, self.updates = self.loss + loss, self.share + share, self.updates + 1
        if self.updates == self.updates_per_epoch:
            self._end_epoch()
        return Update(loss, share, weight)

    def _end_epoch(self) -> None:
        mean = self.loss / self.share
        ratio = mean / self.last
        self.ratio = torch.where(ratio.isfinite(), ratio, 1.0)
        self.last = torch.where(self.share > 0, mean, self.last)
        self.loss, self.share = torch.zeros_like(mean), torch.zeros_like(mean)
        self.updates = torch.zeros_like(self.updates)
