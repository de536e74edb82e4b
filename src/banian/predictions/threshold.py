"""From which probability on to answer yes."""

import numpy as np
from jaxtyping import Float, Float64


def best_threshold(
    probability: Float64[np.ndarray, " row"], label: Float[np.ndarray, " row"]
) -> float:
    """Find the probability from which on yes gives the best F1.

    >>> best_threshold(np.array([0.1, 0.4, 0.6]), np.array([0.0, 1.0, 1.0]))
    0.25
    """
    order = np.argsort(-probability, kind="stable")
    falling = probability[order]
    last = np.append(np.flatnonzero(falling[1:] < falling[:-1]), len(falling) - 1)
    hits = np.cumsum(label[order])[last]
    best = int(np.argmax(2 * hits / (last + 1 + label.sum())))  # F1 = 2 hits / (said + true)
    above = float(falling[last[best]])
    if best == len(last) - 1:
        return above
    # half way to the next row below, so that rounding moves no row across; but never onto that row
    below = float(falling[last[best + 1]])
    return max((above + below) / 2, float(np.nextafter(below, 1.0)))
