"""Quantiles of distributions of counts."""

from collections.abc import Callable

import torch
from jaxtyping import Float64
from torch import Tensor


def discrete_quantile(
    share_up_to: Callable[[Tensor], Tensor], rank: float, most: Float64[Tensor, " batch"]
) -> Float64[Tensor, " batch"]:
    """Find the least count up to which a `rank` of the distribution lies, by halving; at most about `most`.

    `share_up_to` gives the share of the distribution at or below a count, row by row.

    >>> rate = torch.tensor([3.0], dtype=torch.float64)
    >>> discrete_quantile(lambda count: torch.special.gammaincc(count + 1, rate), 0.5, rate + 30)
    tensor([3.], dtype=torch.float64)
    """
    low, high = torch.full_like(most, -1), most.ceil()  # never enough, surely enough
    for _ in range(int(high.max().clamp(min=1).log2().ceil()) + 2 if len(most) else 0):
        middle = ((low + high) / 2).floor()
        enough = share_up_to(middle.clamp(min=0)) >= rank
        enough = enough & (middle >= 0)
        low, high = torch.where(enough, low, middle), torch.where(enough, middle, high)
    return high
