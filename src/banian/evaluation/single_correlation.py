"""How well one feature alone orders a number, and how sure that is.

Source: Spearman, American Journal of Psychology 15, 1904 (rank correlation); Fisher, Metron 1, 1921 (its interval).
"""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int

from banian.evaluation.auc_interval import standard_error
from banian.evaluation.tally import Tally

_Z = 1.959964
_FIELLER = 1.03
"""Ranks are a little less certain than numbers (Fieller, Hartley and Pearson, Biometrika 44, 1957)."""
_LEAST = 20
"""So few rows prove nothing: among hundreds of features some order them by chance."""


@final
@dataclass(frozen=True)
class Ranks:
    """Rows with the rank of a number, and the entities to which they belong."""

    truth: Float[np.ndarray, " row"]
    """Mid-rank of the label, with mean 0 and mean square 1."""
    cluster: Int[np.ndarray, " row"]
    evidence: float
    """How many rows of different entities or labels there are beside the commonest label."""

    @staticmethod
    def of(label: Float[np.ndarray, " row"], cluster: Int[np.ndarray, " row"]) -> "Ranks":
        """Rank the labels of some rows."""
        _, codes, counts = np.unique(label, return_inverse=True, return_counts=True)
        other = codes != counts.argmax()
        pairs = np.unique(cluster[other] * len(counts) + codes[other])
        return Ranks(_standard(counts)[codes], cluster, float(len(pairs)))

    def measure(self, tally: Tally) -> float:
        """Give the rank correlation with codes that ascend; 0 where all rows have one code.

        >>> rows = Ranks.of(np.array([1.0, 2.0, 5.0]), np.arange(3))
        >>> round(rows.measure(Tally.of(np.array([1, 3, 2]), 4, rows.truth)), 3)
        0.5
        """
        return float(tally.total @ _standard(tally.rows) / tally.rows.sum())

    def reverse(self, value: float) -> float:
        """Give the correlation with the codes in descending order."""
        return -value

    def interval(
        self,
        codes: Int[np.ndarray, " row"],
        tally: Tally,
        order: Int[np.ndarray, " code"],
        value: float,
    ) -> tuple[float, float]:
        """Bound the correlation at 95 %: the wider of what the rows' pulls say and what their number allows."""
        middle = np.empty(len(order))
        middle[order] = _standard(tally.rows[order])
        own = middle[codes]
        pull = own * self.truth - value * (own**2 + self.truth**2) / 2
        error = _Z * standard_error(pull / len(codes), self.cluster)
        centre = math.atanh(min(value, 1 - 1e-9))
        width = _Z * _FIELLER / math.sqrt(max(self.evidence - _LEAST, 0.1))
        lower, upper = (math.tanh(centre + sign * width) for sign in (-1, 1))
        return max(-1.0, min(value - error, lower)), min(1.0, max(value + error, upper))


def _standard(counts: Int[np.ndarray, " code"]) -> Float[np.ndarray, " code"]:
    """Give the mid-rank of each code, scaled so that the rows have mean 0 and mean square 1; 0 if all are one."""
    rows = counts.sum()
    middle = np.cumsum(counts) - counts / 2 - rows / 2
    square = float(counts @ middle**2) / max(rows, 1)
    return middle / math.sqrt(square) if square > 0 else np.zeros(len(counts))
