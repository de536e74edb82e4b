"""How well one feature alone orders a number: the rank correlation, and how sure it is.

Source: Spearman, American Journal of Psychology 15, 1904 (rank correlation); Fisher, Metron 1, 1921 (its interval).
"""

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from jaxtyping import Bool, Float, Int
from typing_extensions import override

from banian.leakage.target import (
    NEARLY_ALL,
    AbstractTarget,
    CodeCounts,
    Measure,
    clustered_standard_error,
)
from banian.predictions import Z_95

_FIELLER = 1.03
"""Ranks are a little less certain than numbers (Fieller, Hartley and Pearson, Biometrika 44, 1957)."""
_LEAST = 20
"""So few rows prove nothing: among hundreds of features some order them by chance."""


@final
@dataclass(frozen=True)
class RankedTarget(AbstractTarget):
    """Rows with the rank of a number, and the entities to which they belong."""

    name: ClassVar[Measure] = "rank correlation"
    truth: Float[np.ndarray, " row"]
    """Mid-rank of the label, with mean 0 and mean square 1."""
    cluster: Int[np.ndarray, " row"]
    """The entity of each row, from 0."""
    evidence: float
    """How many pairs of an entity and a label there are, the commonest label left out."""

    @staticmethod
    def of(label: Float[np.ndarray, " row"], cluster: Int[np.ndarray, " row"]) -> "RankedTarget":
        """Rank the labels of some rows."""
        _, codes, counts = np.unique(label, return_inverse=True, return_counts=True)
        other = codes != counts.argmax()
        pairs = np.unique(cluster[other] * len(counts) + codes[other])
        return RankedTarget(_standardise(counts)[codes], cluster, float(len(pairs)))

    @override
    def measure(self, counts: CodeCounts) -> float:
        """Give the rank correlation with codes that ascend; 0 where all rows have one code.

        >>> target = RankedTarget.of(np.array([1.0, 2.0, 5.0]), np.arange(3))
        >>> round(target.measure(CodeCounts.of(np.array([1, 3, 2]), 4, target.truth)), 3)
        0.5
        """
        return float(counts.total @ _standardise(counts.rows) / counts.rows.sum())

    @override
    def reverse(self, value: float) -> float:
        return -value

    @override
    def interval(
        self,
        codes: Int[np.ndarray, " row"],
        counts: CodeCounts,
        order: Int[np.ndarray, " code"],
        value: float,
    ) -> tuple[float, float]:
        middle = np.empty(len(order))
        middle[order] = _standardise(counts.rows[order])
        own = middle[codes]
        influence = own * self.truth - value * (own**2 + self.truth**2) / 2
        error = Z_95 * clustered_standard_error(influence / len(codes), self.cluster)
        centre = math.atanh(min(value, 1 - 1e-9))
        width = Z_95 * _FIELLER / math.sqrt(max(self.evidence - _LEAST, 0.1))
        lower, upper = (math.tanh(centre + sign * width) for sign in (-1, 1))
        return max(-1.0, min(value - error, lower)), min(1.0, max(value + error, upper))

    @override
    def purity(
        self, codes: Int[np.ndarray, " row"], counts: CodeCounts, order: Int[np.ndarray, " code"]
    ) -> float:
        return 0.0  # a number has no rarer class

    @override
    def keep_if_nearly_told(
        self, rows: Bool[np.ndarray, " row"], counts: CodeCounts
    ) -> "RankedTarget | None":
        truth = self.truth[rows]
        # Ranks among all rows: divided by their spread among the kept ones the measure is about a correlation.
        if abs(self.measure(counts)) < NEARLY_ALL * truth.std():
            return None
        return RankedTarget.of(truth, self.cluster[rows])


def _standardise(counts: Int[np.ndarray, " code"]) -> Float[np.ndarray, " code"]:
    """Give the mid-rank of each code, scaled so that the rows have mean 0 and mean square 1; 0 if all are one."""
    rows = counts.sum()
    middle = np.cumsum(counts) - counts / 2 - rows / 2
    square = float(counts @ middle**2) / max(rows, 1)
    return middle / math.sqrt(square) if square > 0 else np.zeros(len(counts))
