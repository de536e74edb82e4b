"""Rows counted by what a feature says of them."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int


@final
@dataclass(frozen=True)
class Tally:
    """How many rows have each code, and the sum of their truth; code 0 says that nothing is known."""

    rows: Int[np.ndarray, " code"]
    total: Float[np.ndarray, " code"]

    @staticmethod
    def of(codes: Int[np.ndarray, " row"], size: int, truth: Float[np.ndarray, " row"]) -> "Tally":
        """Count.

        >>> Tally.of(np.array([1, 1, 2]), 3, np.array([0.5, 1.0, 2.0])).total.tolist()
        [0.0, 1.5, 2.0]
        """
        rows = np.bincount(codes, minlength=size)
        return Tally(rows, np.bincount(codes, weights=truth, minlength=size))

    def reorder(self, order: Int[np.ndarray, " chosen"]) -> "Tally":
        """Take codes in another order."""
        return Tally(self.rows[order], self.total[order])
