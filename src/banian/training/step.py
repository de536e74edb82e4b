"""One update from one or several micro-batches of every grain."""

from collections.abc import Sequence

from torch import nn
from torch.optim import Optimizer

from banian.balancing import AbstractBalance, MicroBatch, Update
from banian.training.clip import clip_gradients
from banian.training.optimizer import Optimizers


def step(
    balance: AbstractBalance,
    micro_batches: Sequence[MicroBatch],
    shared: Sequence[nn.Parameter],
    optimizer: Optimizers | Optimizer,
) -> Update:
    """Update the model once; a gradient longer than 1 is cut to that length."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]

    def move() -> None:
        clip_gradients(parameters)
        optimizer.step()

    optimizer.zero_grad()
    return balance.update(micro_batches, shared, move)
