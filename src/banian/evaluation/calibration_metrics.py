"""Whether predictions come true as often as they say: probabilities in bins, intervals and quantiles by their share.

Source: Naeini, Cooper and Hauskrecht, AAAI 2015 (the expected calibration error); bins of equal mass as in Nguyen and
O'Connor, EMNLP 2015.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from banian.evaluation.weighted_sums import mass_above, ratio
from banian.predictions import SHARE, Z_95, wilson_interval

INSIDE = f"in interval ({100 * SHARE:.0f} %)"
BELOW = "below quantile"
_MOST_BINS, _ROWS_PER_BIN = 10, 30
_BINS = 15
"""Those of the calibration error."""


@final
@dataclass(frozen=True)
class Bin:
    """Rows with about the same predicted probability."""

    predicted: float
    """Mean of their predicted probabilities."""
    observed: float
    """Share of them that came true."""
    lower: float
    """Lower end of the 95 % interval of that share."""
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
        lower, upper = wilson_interval(observed, float(rows), Z_95)
        # rounding must not push the rate itself out
        lower, upper = max(0.0, min(observed, lower)), min(1.0, max(observed, upper))
        bins.append(
            Bin(float(prediction[chosen].mean()), observed, float(lower), float(upper), rows)
        )
    return tuple(bins)


def expected_calibration_error(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Mean gap between the share of positives and the mean probability, over 15 bins of about equal weight.

    Equal predictions share a bin, the one that the middle of their mass falls into: so a bin may
    be heavier than others, but the order of the rows does not matter.

    Units: a probability. NaN where no row has weight.

    >>> expected_calibration_error(np.array([1.0, 0.0]), np.array([0.75, 0.75]), np.ones(2))
    0.25
    """
    mass, gap = mass_above(prediction, weight, weight * (label - prediction))
    total = weight.sum()
    if not total > 0:
        return float("nan")
    middle = mass - np.diff(mass, prepend=0.0) / 2
    # the last row may lie on the upper edge where it has no mass of its own
    bins = np.minimum(np.floor(middle * _BINS / mass[-1]).astype(np.int64), _BINS - 1)
    gaps = np.bincount(bins, weights=np.diff(gap, prepend=0.0), minlength=_BINS)
    return ratio(np.abs(gaps).sum(), total)


def name_promises(
    coverage: float | None, quantile: float | None, below: float | None
) -> dict[str, str]:
    """Map what intervals and quantiles promise to the share of test labels that kept it, in words.

    `coverage` is the share of labels inside their interval, `below` that at or below the predicted `quantile`; None
    where there is no such thing, which is then left out.

    An interval promises that nine of ten labels lie inside, a quantile that its own share lies at or below it: the
    90 % interval of a label ends above its quantile 0.9.

    >>> name_promises(0.94, None, None)
    {'in interval (90 %)': '94 %'}
    >>> name_promises(0.91, 0.975, 0.96)
    {'in interval (90 %)': '91 %', 'below quantile': '96 % (97.5 %)'}
    """
    held = {} if coverage is None else {INSIDE: f"{100 * coverage:.0f} %"}
    if quantile is not None and below is not None:
        held[BELOW] = f"{100 * below:.0f} % ({100 * quantile:.10g} %)"
    return held
