"""Fast adaptive multitask optimisation.

Source: Liu et al., "FAMO: Fast Adaptive Multitask Optimization", NeurIPS 2023, algorithm 1.
"""

from collections.abc import Sequence
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.balancing.adam import TaskAdam
from banian.balancing.base import AbstractBalance, Move, Update
from banian.balancing.micro_batch import MicroBatch, reduce_update
from banian.balancing.rng_state import save_rng_state

_DECAY = 0.001  # the paper's γ: without it the least that ever was would still count
_LEAST = 1e-3  # of the constant predictor's loss; the logarithm of less is noise


@final
class FAMO(AbstractBalance):
    """Lets all log losses fall at the same rate, at the price of one more look at the losses after each move.

    With z = softmax(ξ) and ℓ the loss per label, weights are in proportion to z/ℓ, with mean 1 over the tasks that are
    there. Then ξ descends along ∇(z·δ) + γξ, where δ is by how much each log ℓ fell on the same labels. Both looks
    silence the same units, since what dropout does to a loss is far more than what one move does. Weights depend on
    the losses of all micro-batches, so all graphs are held: accumulation saves no memory here.

    Args:
        tasks: How many tasks there are.

    """

    logit: Tensor

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.register_buffer("logit", torch.zeros(tasks))
        self.adam = TaskAdam(tasks)

    @override
    def update(
        self, micro_batches: Sequence[MicroBatch], shared: Sequence[nn.Parameter], move: Move
    ) -> Update:
        state, tasks = save_rng_state(), len(self.logit)
        losses = [micro_batch.lose(range(tasks)) for micro_batch in micro_batches]
        values = torch.stack([torch.stack(list(found.values)) for found in losses]).sum(dim=0)
        _, loss, share = reduce_update(micro_batches, values.detach())
        present, before = share > 0, _per_label(loss, share)
        z = torch.where(present, self.logit, -torch.inf).softmax(dim=0)
        weight = present.sum() * (z / before) / (z / before).sum()
        penalty = torch.stack([found.penalty for found in losses]).sum()
        ((values * weight).sum().div(tasks) + penalty).backward()
        move()
        with state.replay():
            _, later, _ = reduce_update(micro_batches, _look(micro_batches))
        after = _per_label(later, share)
        fell = before.log() - after.log()
        gradient = z * (fell - (z * fell).sum()) + _DECAY * self.logit
        self.logit = self.adam.step(self.logit, gradient, present)
        return Update(loss, share, weight)


@torch.no_grad()
def _look(micro_batches: Sequence[MicroBatch]) -> Float[Tensor, " task"]:
    looks = [
        micro_batch.lose(range(len(micro_batch.share))).values for micro_batch in micro_batches
    ]
    return torch.stack([torch.stack(list(values)) for values in looks]).sum(dim=0)


def _per_label(loss: Tensor, share: Tensor) -> Tensor:
    """Give the mean over labels; 1 where there are none."""
    return torch.where(share > 0, loss / share, 1.0).clamp(min=_LEAST)
