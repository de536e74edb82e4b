"""How far predicted shares of ordered grades lie from the grade that came true.

Source: Epstein, "A Scoring System for Probability Forecasts of Ranked Categories", Journal of Applied Meteorology 8,
1969; here not divided by the number of thresholds.
"""

import numpy as np
from jaxtyping import Float64


def ranked_probability(
    label: Float64[np.ndarray, " row"],
    probability: Float64[np.ndarray, "row grade"],
    grades: Float64[np.ndarray, " grade"],
) -> Float64[np.ndarray, " row"]:
    """Sum each row's squared errors of the probability of at most a grade, over all grades but the highest.

    >>> ranked_probability(np.array([2.0]), np.array([[0.5, 0.25, 0.25]]), np.array([1.0, 2.0, 3.0]))
    array([0.3125])
    """
    reached = probability.cumsum(axis=1)[:, :-1]
    return np.square(reached - (label[:, None] <= grades[:-1])).sum(axis=1)
