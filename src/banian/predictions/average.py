"""The mean of what several models say."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float64


def average_values(
    values: Sequence[Float[np.ndarray, "row _"]],
) -> Float64[np.ndarray, "row output"]:
    """Average outputs: probabilities, numbers and their ends, output by output.

    Where one model says a number and another also its ends, only the number is left: half of the ends say nothing.

    >>> average_values([np.array([[1.0, 0.0, 4.0]]), np.array([[3.0, 2.0, 4.0]]), np.array([[2.0]])])
    array([[2.]])
    """
    common = min(part.shape[1] for part in values)
    return np.mean([part[:, :common].astype(np.float64) for part in values], axis=0)
