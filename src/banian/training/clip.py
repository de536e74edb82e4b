"""Gradients held to a length, sparse ones among them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils import get_total_norm

_LONGEST = 1.0


@torch.no_grad()
def clip_gradients(parameters: Sequence[nn.Parameter], longest: float = _LONGEST) -> Tensor:
    """Scale all gradients so that together they are at most so long; give the length that they had.

    Of a sparse gradient the rows are summed first: what a table's row gets from several places is one gradient.
    """
    gradients = []
    for parameter in parameters:
        gradient = parameter.grad
        if gradient is not None:
            if gradient.is_sparse:
                parameter.grad = gradient = gradient.coalesce()
                gradient = gradient.values()
            gradients.append(gradient)
    norm = get_total_norm(gradients)
    if gradients:
        torch._foreach_mul_(gradients, (longest / (norm + 1e-6)).clamp(max=1.0))
    return norm
