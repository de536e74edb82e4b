"""How well grades agree, beyond what chance would bring.

Source: Cohen, "Weighted kappa", Psychological Bulletin 70, 1968, with squared distances as weights.
"""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.ratio import ratio


def kappa(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Share of the squared distance between independent grades that is gone: 1 is perfect, 0 is chance.

    With squared distances the table of grades is not needed: what chance brings is both variances and the squared
    distance of the means. NaN where no row has weight, or all grades are the same.

    >>> kappa(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0]), np.ones(3))
    0.6666666666666667
    """
    total = weight.sum()
    if not total > 0:
        return float("nan")
    share = weight / total
    means = share @ label, share @ prediction
    chance = share @ np.square(label - means[0]) + share @ np.square(prediction - means[1])
    chance += np.square(means[0] - means[1])
    return 1 - ratio(share @ np.square(label - prediction), chance)
