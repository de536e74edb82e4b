"""Whether what was predicted came true as often as it said.

Source: Wilson, Journal of the American Statistical Association 22, 1927 (intervals of a rate).
"""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

_MOST_BINS, _ROWS_PER_BIN = 10, 30
_DEVIATIONS = 1.959964  # 95 of 100 draws of a normal variable lie within


@final
@dataclass(frozen=True)
class Bin:
    """Rows with predictions of about the same size."""

    predicted: float
    """Mean of their predictions."""
    observed: float
    """Share of them that came true."""
    lower: float
    """Lower end of the interval of that share."""
    upper: float
    """Upper end of it."""
    rows: int

    @property
    def holds(self) -> bool:
        """Whether the prediction lies within the interval."""
        return self.lower <= self.predicted <= self.upper


def calibration_bins(
    label: Float64[np.ndarray, " row"], prediction: Float64[np.ndarray, " row"]
) -> tuple[Bin, ...]:
    """Sort rows by prediction into at most 10 bins of about equal size; equal predictions share one.

    >>> [found] = calibration_bins(np.array([1.0, 0.0]), np.array([0.25, 0.25]))
    >>> found.predicted, found.observed, found.rows
    (0.25, 0.5, 2)
    """
    count = max(1, min(_MOST_BINS, len(label) // _ROWS_PER_BIN))
    inner = np.linspace(0, 1, count + 1)[1:-1]
    edges = np.quantile(prediction, inner, method="higher") if len(label) else inner
    place = np.searchsorted(np.unique(edges), prediction, side="right")
    bins = []
    for here in np.unique(place):
        chosen = place == here
        observed, rows = float(label[chosen].mean()), int(chosen.sum())
        lower, upper = _interval(observed, rows)
        bins.append(Bin(float(prediction[chosen].mean()), observed, lower, upper, rows))
    return tuple(bins)


def _interval(rate: float, rows: int) -> tuple[float, float]:
    widening = _DEVIATIONS**2 / rows
    middle = (rate + widening / 2) / (1 + widening)
    spread = math.sqrt(rate * (1 - rate) * widening + widening**2 / 4) / (1 + widening)
    # rounding must not push the rate itself out
    return max(0.0, min(rate, middle - spread)), min(1.0, max(rate, middle + spread))
