"""Quantiles of weighted values."""

from jaxtyping import Float
from torch import Tensor


def weighted_quantile(
    value: Float[Tensor, " row"], weight: Float[Tensor, " row"], rank: float
) -> Float[Tensor, ""]:
    """Find the m that makes the sum of weight · pinball loss of value − m least.

    Where a whole interval does, its middle.

    >>> import torch
    >>> weighted_quantile(torch.tensor([5.0, 1.0, 2.0]), torch.ones(3), 0.9).item()
    5.0
    """
    order = value.argsort()
    below = weight[order].cumsum(0)
    share = below[-1] * rank
    # Ranks such as .1 of 10 rows are not met to the last digit.
    slack = below[-1] * 1e-12
    lower = value[order[below >= share - slack][0]]
    upper = value[order[below > share + slack][0]]
    return (lower + upper) / 2


def weighted_median(
    value: Float[Tensor, " row"], weight: Float[Tensor, " row"]
) -> Float[Tensor, ""]:
    """Find the m that makes the sum of weight·|value − m| least; with equal weights, the ordinary median.

    >>> import torch
    >>> weighted_median(torch.tensor([1.0, 2.0, 9.0]), torch.tensor([1.0, 1.0, 5.0])).item()
    9.0
    >>> weighted_median(torch.tensor([4.0, 1.0]), torch.ones(2)).item()
    2.5
    """
    return weighted_quantile(value, weight, 0.5)
