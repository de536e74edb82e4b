"""Mean cross entropy of a probability."""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.ratio import ratio

_LEAST = 1e-15  # one sure and wrong row costs 34.5, not infinity; doubles near 1 are 1.1e-16 apart


def log_loss(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Mean surprise at the labels; predictions are taken to lie in [1e-15, 1 - 1e-15].

    Units: nats. NaN where no row has weight.

    >>> round(log_loss(np.array([1.0, 0.0]), np.array([0.5, 0.5]), np.ones(2)), 4)
    0.6931
    """
    inside = np.clip(prediction, _LEAST, 1 - _LEAST)
    surprise = -np.log(np.where(label > 0, inside, 1 - inside))
    return ratio(weight @ surprise, weight.sum())
