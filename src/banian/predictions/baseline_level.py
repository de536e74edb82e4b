"""The baseline level of a row, relative to which numbers are learned: its entity's trailing level plus an offset."""

from typing import Literal

import numpy as np
from jaxtyping import Float, Float64

Around = Literal["mean", "median", "count"]
"""What numbers scatter around: their mean or median, the variance in proportion to the base, or a Poisson rate."""
_SHARES = (1.0, 1 / 4, 1 / 16, 1 / 64)
"""Of the usual offset; the first wins ties. Under larger ones a small step of a logit would move a number far."""


def base_of(level: Float[np.ndarray, " row"], offset: float) -> Float64[np.ndarray, " row"]:
    """Give the base: max(level, 0) + offset, in the unit of the label.

    >>> base_of(np.array([-3.0, 10.0]), 2.5)
    array([ 2.5, 12.5])
    """
    return np.maximum(level.astype(np.float64), 0.0) + offset


def usual_offset(label: Float[np.ndarray, " row"]) -> float:
    """Give half the median of the labels' sizes other than 0; 1 where all are 0.

    The median, because one mistyped amount would carry a mean away.

    >>> usual_offset(np.array([0.0, 4.0, -6.0]))
    2.5
    """
    sizes = np.abs(label[label != 0].astype(np.float64))
    return float(np.median(sizes)) / 2 if len(sizes) else 1.0


def fit_offset(
    label: Float[np.ndarray, " row"], level: Float[np.ndarray, " row"], around: Around
) -> float:
    """Find the offset with which labels are likeliest to scatter around one multiple of the base.

    Small where the level says nearly all, as of last month's price. It is the usual one, or a quarter, a 16th or a 64th
    of it. Likelihoods are those of Laplace's and the normal distribution with a variance in
    proportion to the base, their scale fitted, and of Poisson's.

    >>> level = np.array([1.0, 2.0, 5.0, 9.0])
    >>> fit_offset(2 * level, level, "median") == usual_offset(2 * level) / 64
    True
    >>> fit_offset(level, np.zeros(4), "median") == usual_offset(level)
    True
    """
    usual = usual_offset(label)
    if not (level > 0).any() or not label.any():
        return usual
    exact = label.astype(np.float64)
    misfits = [_misfit(exact, base_of(level, usual * share), around) for share in _SHARES]
    # A hair's breadth is rounding, not evidence.
    close = np.array(misfits) <= np.min(misfits) + 1e-9
    return usual * _SHARES[int(close.argmax())]


def _misfit(label: np.ndarray, base: np.ndarray, around: Around) -> float:
    """Compute minus the log-likelihood per row, up to what is the same for all bases."""
    with np.errstate(divide="ignore"):  # a perfect fit is infinitely likely
        if around == "median":
            weight = np.sqrt(base)
            ratio = np.quantile(label / base, 0.5, weights=weight, method="inverted_cdf")
            error = np.abs(label - ratio * base) / weight
            return float(np.log(error.mean()) + np.log(weight).mean())
        mean = base * (label.sum() / base.sum())
        if around == "mean":
            return float(np.log(((label - mean) ** 2 / base).mean()) + np.log(base).mean()) / 2
        mean = base * (max(label.sum(), 0.5) / base.sum())
        return float((mean - np.maximum(label, 0) * np.log(mean)).mean())
