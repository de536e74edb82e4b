"""How often the choice was right."""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.ratio import ratio


def accuracy(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Share of rows whose class is the chosen one; labels and predictions are codes of classes.

    NaN where no row has weight.

    >>> accuracy(np.array([0.0, 2.0]), np.array([0.0, 1.0]), np.ones(2))
    0.5
    """
    return ratio(weight @ (label == prediction), weight.sum())
