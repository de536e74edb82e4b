"""How badly predicted means explain counts.

Source: McCullagh and Nelder, "Generalized Linear Models", 2nd edition, 1989, section 2.3.
"""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.ratio import ratio


def deviance(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Mean Poisson deviance of counts from predicted means.

    NaN where no row has weight, and where one that has weight is predicted to be 0 or less or is
    itself below 0: a Poisson mean is above 0 and a count is not negative.

    >>> round(deviance(np.array([0.0, 2.0]), np.array([1.0, 1.0]), np.ones(2)), 4)
    1.3863
    """
    is_impossible = (prediction <= 0) | (label < 0)
    if np.any(is_impossible & (weight > 0)):
        return float("nan")
    count = np.where(is_impossible, 0.0, label)
    mean = np.where(is_impossible, 1.0, prediction)
    # count · log(count / mean) tends to 0 with the count
    surplus = count * (np.log(np.where(count > 0, count, 1.0)) - np.log(mean))
    return ratio(2 * (weight @ (surplus - count + mean)), weight.sum())
