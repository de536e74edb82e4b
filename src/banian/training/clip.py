"""Gradients held to a length, sparse ones among them."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

_LONGEST = 1.0


@torch.no_grad()
def clip_gradients(parameters: Iterable[nn.Parameter], longest: float = _LONGEST) -> Tensor:
    """Scale all gradients so that together they are at most so long; give the length that they had.

    Of a sparse gradient the rows are summed first: what a table's row gets from several places is one gradient.
    """
    dense, values = [], []
    for parameter in parameters:
        if parameter.grad is not None:
            if parameter.grad.is_sparse:
                parameter.grad = parameter.grad.coalesce()
                values.append(parameter.grad.values())
            else:
                dense.append(parameter)
    norm = get_total_norm([*(p.grad for p in dense if p.grad is not None), *values])
    clip_grads_with_norm_(dense, longest, norm)
    for rows in values:
        rows.mul_((longest / (norm + 1e-6)).clamp(max=1.0))
    return norm
