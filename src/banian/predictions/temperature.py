"""Probabilities of classes, made bolder or shyer by one number.

Source: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
"""

import numpy as np
from jaxtyping import Float, Float64, Int

_LEAST_ROWS = 30
_BOLDEST, _SHYEST = 1 / 20, 20.0
_STEPS = 60
_MOST_NUMBERS = 20_000_000  # of many rows and classes evenly spaced rows will do
_LEAST = 1e-15


def sharpen(
    probability: Float[np.ndarray, "row class"], temperature: float
) -> Float64[np.ndarray, "row class"]:
    """Raise probabilities to the power of 1/temperature, and let them sum to 1 again.

    >>> sharpen(np.array([[0.8, 0.2]]), 0.5).round(3)
    array([[0.941, 0.059]])
    """
    logs = np.log(np.maximum(probability.astype(np.float64), _LEAST)) / temperature
    found = np.exp(logs - logs.max(axis=1, keepdims=True))
    sharpened: Float64[np.ndarray, "row class"] = found / found.sum(axis=1, keepdims=True)
    return sharpened


def fit_temperature(
    probability: Float[np.ndarray, "row class"],
    code: Int[np.ndarray, " row"],
    *,
    weight: Float[np.ndarray, " row"] | None = None,
) -> float:
    """Find the temperature with the least log loss; 1 with fewer than 30 rows. Rows count by their weight.

    >>> probability = np.tile([[0.9, 0.1]], (100, 1))
    >>> temperature = fit_temperature(probability, np.arange(100) % 4 // 3)
    >>> sharpen(probability[:1], temperature).round(2)
    array([[0.75, 0.25]])
    """
    if len(code) < _LEAST_ROWS:
        return 1.0
    most = max(_LEAST_ROWS, _MOST_NUMBERS // probability.shape[1])
    rows = np.unique(np.linspace(0, len(code) - 1, min(most, len(code))).astype(np.int64))
    probability, code = probability[rows], code[rows]
    counts = np.ones(len(rows)) if weight is None else weight[rows]
    logs = np.log(np.maximum(probability.astype(np.float64), _LEAST))
    said = np.take_along_axis(logs, code[:, None], axis=1)[:, 0]
    low, high = np.log(_BOLDEST), np.log(_SHYEST)
    for _ in range(_STEPS):  # log loss is convex in 1/temperature: its slope changes sign once
        middle = (low + high) / 2
        mean = (sharpen(probability, float(np.exp(middle))) * logs).sum(axis=1)
        if counts @ (mean - said) > 0:
            low = middle  # what came true was less likely than what was said: shyer
        else:
            high = middle
    return float(np.exp((low + high) / 2))
