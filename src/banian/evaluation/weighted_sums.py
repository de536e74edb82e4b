"""Sums over weighted rows that the metrics share: quotients, and cumulated sums in which ties stand together."""

import numpy as np
from jaxtyping import Float64


def ratio(numerator: float, denominator: float) -> float:
    """Divide; NaN where nothing is there to divide by.

    >>> ratio(1.0, 4.0), ratio(0.0, 0.0)
    (0.25, nan)
    """
    return float(numerator) / float(denominator) if denominator > 0 else float("nan")


def mass_above(
    prediction: Float64[np.ndarray, " row"], *masses: Float64[np.ndarray, " row"]
) -> tuple[Float64[np.ndarray, " distinct"], ...]:
    """Sum each mass over the rows at or above each distinct prediction, from the highest down.

    Shapes: one result per mass; `distinct` is how many different predictions there are.

    >>> mass_above(np.array([0.3, 0.9, 0.3]), np.array([1.0, 2.0, 4.0]))
    (array([2., 7.]),)
    """
    # the bootstrap asks a thousand times with rows in order: then the rows are read where they are
    is_falling = bool(np.all(prediction[1:] <= prediction[:-1]))
    order = slice(None) if is_falling else np.argsort(-prediction, kind="stable")
    falling = prediction[order]
    is_last = np.ones(len(falling), dtype=bool)
    is_last[:-1] = falling[1:] != falling[:-1]
    return tuple(np.cumsum(mass[order])[is_last] for mass in masses)
