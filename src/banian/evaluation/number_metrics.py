"""Metrics of numbers: how far counts, amounts and quantiles are off; `weight` says how much each row counts.

Source: McCullagh and Nelder, "Generalized Linear Models", 2nd edition, 1989, section 2.3 (deviance); Koenker and
Bassett, "Regression Quantiles", Econometrica 46, 1978 (pinball loss).
"""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.weighted_sums import ratio


def mae(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Mean absolute error, in the label's unit; NaN where no row has weight.

    >>> mae(np.array([1.0, 2.0]), np.array([1.0, 5.0]), np.ones(2))
    1.5
    """
    return ratio(weight @ np.abs(label - prediction), weight.sum())


def rmse(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Root of the mean squared error, in the label's unit; NaN where no row has weight.

    >>> rmse(np.array([1.0, 2.0]), np.array([1.0, 4.0]), np.array([1.0, 3.0]))
    1.7320508075688772
    """
    return float(np.sqrt(ratio(weight @ np.square(label - prediction), weight.sum())))


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


def pinball(
    label: Float64[np.ndarray, " row"], prediction: Float64[np.ndarray, " row"], *, rank: float
) -> Float64[np.ndarray, " row"]:
    """Give the pinball loss of each row: `rank` of what the prediction is too low, 1 - `rank` of what it is too high.

    `rank` is the share of labels that are to lie at or below the predicted quantile. Units: the label's.

    >>> pinball(np.array([3.0, 1.0]), np.array([1.0, 2.0]), rank=0.75)
    array([1.5 , 0.25])
    """
    missing = label - prediction
    return np.maximum(rank * missing, (rank - 1) * missing)
