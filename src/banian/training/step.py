"""One update from one or several micro-batches of every grain."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.optim import Optimizer

from banian.balancing import AbstractBalance, Part, Update

_LONGEST_GRADIENT = 1.0


def step(
    balance: AbstractBalance,
    parts: Sequence[Part],
    shared: Sequence[nn.Parameter],
    optimizer: Optimizer,
) -> Update:
    """Update the model once; a gradient longer than 1 is cut to that length."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]

    def move() -> None:
        torch.nn.utils.clip_grad_norm_(parameters, _LONGEST_GRADIENT)
        optimizer.step()

    optimizer.zero_grad(set_to_none=True)
    return balance.update(parts, shared, move)
