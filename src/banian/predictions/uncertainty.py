"""How sure a share of rows is, and a sum over rows of several entities.

Source: Wilson, Journal of the American Statistical Association 22, 1927 (the interval of a share); Liang and Zeger,
"Longitudinal data analysis using generalized linear models", Biometrika 73, 1986 (sums over entities).
"""

from typing import TypeVar

import numpy as np
from jaxtyping import Float64, Shaped

Z_95 = 1.959964
"""95 of 100 draws of a normal variable lie within so many standard deviations."""
_Number = TypeVar("_Number", float, np.ndarray)


def wilson_interval(rate: _Number, rows: _Number, deviations: float) -> tuple[_Number, _Number]:
    """Bound a share that was observed as `rate` among so many independent rows, or many such shares.

    `deviations` are the standard deviations of a normal variable within which the promised part of its draws lies:
    `Z_95` for 95 %. Rounding may put an end next to the rate on its wrong side.

    >>> [round(float(end), 3) for end in wilson_interval(0.5, 20.0, 1.96)]
    [0.299, 0.701]
    """
    widening = deviations**2 / rows
    middle = (rate + widening / 2) / (1 + widening)
    spread = np.sqrt(rate * (1 - rate) * widening + widening**2 / 4) / (1 + widening)
    return middle - spread, middle + spread


def clustered_square(
    pull: Float64[np.ndarray, "row part"], cluster: Shaped[np.ndarray, " row"]
) -> Float64[np.ndarray, "part part"]:
    """Estimate the covariance of the sum of all rows over draws of other entities.

    Rows of one entity may go together; rows of two are independent. `pull` holds what each row adds, 0 on average.

    >>> clustered_square(np.array([[1.0], [1.0], [-2.0]]), np.array([0, 0, 1]))
    array([[16.]])
    """
    names, entity = np.unique(cluster, return_inverse=True)
    sums = np.stack([np.bincount(entity, weights=part) for part in pull.T], axis=1)
    few = len(names) / max(len(names) - 1, 1)
    square: Float64[np.ndarray, "part part"] = few * sums.T @ sums
    return square
