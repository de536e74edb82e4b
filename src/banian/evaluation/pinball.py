"""How badly a quantile was missed.

Source: Koenker and Bassett, "Regression Quantiles", Econometrica 46, 1978.
"""

import numpy as np
from jaxtyping import Float64


def pinball(
    label: Float64[np.ndarray, " row"], prediction: Float64[np.ndarray, " row"], *, rank: float
) -> Float64[np.ndarray, " row"]:
    """Compute what each row adds: `rank` of what the prediction is too low, the rest of what it is too high.

    Units: the label's.

    >>> pinball(np.array([3.0, 1.0]), np.array([1.0, 2.0]), rank=0.75)
    array([1.5 , 0.25])
    """
    missing = label - prediction
    return np.maximum(rank * missing, (rank - 1) * missing)
