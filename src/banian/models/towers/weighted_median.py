"""The median of weighted values."""

from jaxtyping import Float
from torch import Tensor


def weighted_median(
    value: Float[Tensor, " row"], weight: Float[Tensor, " row"]
) -> Float[Tensor, ""]:
    """Find the m that makes the sum of weight·|value − m| least.

    Where a whole interval does, its middle; with equal weights this is the ordinary median.

    >>> import torch
    >>> weighted_median(torch.tensor([1.0, 2.0, 9.0]), torch.tensor([1.0, 1.0, 5.0])).item()
    9.0
    >>> weighted_median(torch.tensor([4.0, 1.0]), torch.ones(2)).item()
    2.5
    """
    order = value.argsort()
    below = weight[order].cumsum(0)
    half = below[-1] / 2
    lower = value[order[below >= half][0]]
    upper = value[order[below > half][0]]
    return (lower + upper) / 2
