"""The gradient of one weighted sum of losses, of which all balances by weights are made.

torchjd has the same weights as scalarizers. Ours stand in their place because torchjd's want a loss of every task in
every step, where here a step may lack a task, and because they keep what they remember (DWA's past losses, FAMO's
optimiser) outside the state dict, where no checkpoint finds it. With all tasks there both agree, which tests hold.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from banian.balancing.micro_batch import MicroBatch, reduce_update


def descend(
    micro_batches: Sequence[MicroBatch], weight: Float[Tensor, " task"]
) -> tuple[Float[Tensor, " task"], Float[Tensor, " task"]]:
    """Add the gradient of the mean over tasks of weight · loss, plus the penalty; give losses and shares of the update.

    Each micro-batch's graph is freed before the next one is built.
    """
    loss = torch.zeros_like(weight)
    for micro_batch in micro_batches:
        found = micro_batch.lose(range(len(weight)))
        values = torch.stack(list(found.values))
        ((values * weight).sum().div(len(weight)) + found.penalty).backward()
        loss += values.detach()
    _, losses, share = reduce_update(micro_batches, loss)
    return losses, share
