"""From probabilities to log-odds and back."""

import numpy as np
from jaxtyping import Float, Float64

_NEAREST = 1e-15


def log_odds(probability: Float[np.ndarray, " row"]) -> Float64[np.ndarray, " row"]:
    """Undo the sigmoid; what is nearer to 0 or 1 than 1e-15 is taken for 1e-15 away.

    >>> log_odds(np.array([0.5, 1.0])).round(1)
    array([ 0. , 34.5])
    """
    inside = np.clip(probability.astype(np.float64), _NEAREST, 1 - _NEAREST)
    odds: Float64[np.ndarray, " row"] = np.log(inside) - np.log1p(-inside)
    return odds


def sigmoid(logit: Float64[np.ndarray, " row"]) -> Float64[np.ndarray, " row"]:
    """Turn log-odds into probabilities, without overflow.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    small = np.exp(-np.abs(logit))  # of minus the magnitude: cannot overflow
    probability: Float64[np.ndarray, " row"] = np.where(logit >= 0, 1.0, small) / (1.0 + small)
    return probability
