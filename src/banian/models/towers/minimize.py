"""Minimisation of a smooth loss of a few numbers, by L-BFGS."""

from collections.abc import Callable

import torch
from torch import Tensor


def minimize(loss: Callable[[Tensor], Tensor], start: Tensor) -> Tensor:
    """Find where the loss is least, from `start`, in float64.

    >>> minimize(lambda at: (at - 3).square().sum(), torch.zeros(2, dtype=torch.float64))
    tensor([3., 3.], dtype=torch.float64)
    """
    with torch.enable_grad():
        at = start.clone().requires_grad_()
        search = torch.optim.LBFGS(
            [at], max_iter=200, tolerance_grad=1e-10, line_search_fn="strong_wolfe"
        )

        def closure() -> Tensor:
            search.zero_grad()
            found = loss(at)
            found.backward()
            return found

        search.step(closure)
    return at.detach()
