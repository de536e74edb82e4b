"""Gradient normalisation.

Source: Chen et al., "GradNorm: Gradient Normalization for Adaptive Loss Balancing in Deep Multitask Networks",
ICML 2018, equation 2 and algorithm 1.
"""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn
from typing_extensions import override

from banian.balancing.adam import TaskAdam
from banian.balancing.base import AbstractBalance, Move, Update
from banian.balancing.jacobian import differentiate
from banian.balancing.micro_batch import MicroBatch

_LEAST = 0.01  # a weight that has reached 0 would have no gradient to come back by


@final
class GradNorm(AbstractBalance):
    """Learns weights w that bring each task's gradient norm ‖∇wL‖ to the mean norm times r^α.

    r is how far the task's loss per label has fallen, compared with the others. It is compared with the constant
    predictor's loss of 1, at which every tower starts, as the paper does where the first loss is known beforehand: that
    of a micro-batch would be noise. Norms are on all shared parameters. Weights sum to the number of tasks; those
    that are absent keep theirs.

    Args:
        tasks: How many tasks there are.
        alpha: The paper's α: with 0 all gradient norms are brought to the same length.

    """

    weight: Tensor

    def __init__(self, tasks: int, *, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha
        self.register_buffer("weight", torch.ones(tasks))
        self.adam = TaskAdam(tasks)

    @override
    def update(
        self, micro_batches: Sequence[MicroBatch], shared: Sequence[nn.Parameter], move: Move
    ) -> Update:
        weight = self.weight
        own, whole, loss, share = differentiate(micro_batches, shared, weight)
        own.descend(torch.ones(len(own.tasks)))
        move()
        tasks = list(whole.tasks)
        norm = whole.gramian.diagonal().sqrt().to(weight)
        per_label = (loss / share)[tasks].clamp(min=0)
        rate = per_label / per_label.mean().clamp(min=_LEAST)
        slope = torch.zeros_like(weight)
        # By the chain rule ‖∇wL‖ has the slope ‖∇wL‖/w in w; the mean norm counts as a constant.
        slope[tasks] = (norm - norm.mean() * rate**self.alpha).sign() * norm / weight[tasks]
        self._learn(slope, share > 0)
        return Update(loss, share, weight)

    def _learn(self, slope: Tensor, present: Tensor) -> None:
        learned = self.adam.step(self.weight, slope, present).clamp(min=_LEAST)
        scale = self.weight[present].sum() / learned[present].sum()
        self.weight = torch.where(present, learned * scale, self.weight)
