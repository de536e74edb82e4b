"""Whether a probability is as often true as it says.

Source: Naeini, Cooper and Hauskrecht, AAAI 2015; bins of equal mass as in Nguyen and O'Connor,
EMNLP 2015.
"""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.ratio import ratio
from banian.evaluation.ties import mass_above

_BINS = 15


def expected_calibration_error(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Mean gap between base rate and mean prediction, over 15 bins of about equal mass.

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
