"""Weighted rows as repeated rows, so that whatever is fitted to rows can be fitted to weighted ones.

Rounding along an order keeps every share of rows below a point to within one copy (systematic sampling: Madow,
Annals of Mathematical Statistics 20, 1949).
"""

import numpy as np
from jaxtyping import Float, Int64

_AT_LEAST, _PER_ROW = 20_000, 3
"""Copies that there may be in all: fewer than this, or so many times the rows."""
_SMALLEST = 12
"""Denominators that are tried, such as halves of a weight."""


def count_copies(
    weight: Float[np.ndarray, " row"], along: Float[np.ndarray, " row"]
) -> Int64[np.ndarray, " row"]:
    """Compute how often to repeat each row, so that rows count by their weights.

    Weights that are in the ratio of small whole numbers give exactly these. Others are rounded so that, in the order of
    `along`, the rows up to any point stand as often as their weights say, to within one copy. Only ratios matter.

    >>> count_copies(np.array([0.5, 1.0, 0.0, 0.75]), np.arange(4.0))
    array([2, 4, 0, 3])
    """
    counts = weight > 0
    if not counts.any():
        return np.zeros(len(weight), np.int64)
    most = max(_AT_LEAST, _PER_ROW * len(weight))
    ratio = weight / weight[counts].min()
    for times in range(1, _SMALLEST + 1):
        whole = np.round(ratio * times)
        if whole.sum() > most:
            break
        if np.allclose(whole, ratio * times, rtol=1e-9, atol=0):
            return whole.astype(np.int64)
    order = np.argsort(along, kind="stable")
    up_to = np.cumsum(weight[order]) / weight.sum()
    copies = np.empty(len(weight), np.int64)
    copies[order] = np.diff(np.round(up_to * most).astype(np.int64), prepend=0)
    return copies
