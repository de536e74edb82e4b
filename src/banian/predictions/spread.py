"""How far a sum over rows could have come out otherwise, had other entities come."""

import numpy as np
from jaxtyping import Float64, Shaped


def clustered_square(
    pull: Float64[np.ndarray, "row part"], cluster: Shaped[np.ndarray, " row"]
) -> Float64[np.ndarray, "part part"]:
    """Estimate the covariance of the sum of pulls that are 0 on average; rows of one entity pull together.

    Source: Liang and Zeger, "Longitudinal data analysis using generalized linear models", Biometrika 73, 1986.

    >>> clustered_square(np.array([[1.0], [1.0], [-2.0]]), np.array([0, 0, 1]))
    array([[16.]])
    """
    names, entity = np.unique(cluster, return_inverse=True)
    sums = np.stack([np.bincount(entity, weights=part) for part in pull.T], axis=1)
    few = len(names) / max(len(names) - 1, 1)
    square: Float64[np.ndarray, "part part"] = few * sums.T @ sums
    return square
