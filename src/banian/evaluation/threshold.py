"""What is right and what is missed when one answers yes from a threshold on."""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.ratio import ratio


def precision(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
    threshold: float,
) -> float:
    """Of the rows at or above the threshold, how many are positive; NaN where there are none.

    >>> precision(np.array([0.0, 1.0, 1.0]), np.array([0.6, 0.6, 0.1]), np.ones(3), 0.6)
    0.5
    """
    said = weight * (prediction >= threshold)
    return ratio(said @ label, said.sum())


def recall(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
    threshold: float,
) -> float:
    """Of the positives, how many lie at or above the threshold; NaN where there are none.

    >>> recall(np.array([1.0, 1.0, 1.0, 1.0]), np.array([0.6, 0.5, 0.1, 0.0]), np.ones(4), 0.6)
    0.25
    """
    said = weight * (prediction >= threshold)
    return ratio(said @ label, weight @ label)


def f1(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
    threshold: float,
) -> float:
    """Harmonic mean of precision and recall; NaN where no row is, or is said to be, positive.

    >>> f1(np.array([0.0, 1.0, 1.0]), np.array([0.6, 0.6, 0.1]), np.ones(3), 0.6)
    0.5
    """
    said = weight * (prediction >= threshold)
    return ratio(2 * (said @ label), said.sum() + weight @ label)
