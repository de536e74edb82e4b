"""How far predictions of an amount are off."""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.ratio import ratio


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
