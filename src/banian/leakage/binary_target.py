"""How well one feature alone tells two classes apart: the area under the ROC curve, and how sure it is.

Source: Obuchowski, Biometrics 53, 1997 (clusters); Newcombe, Statistics in Medicine 25, 2006, method 5 (areas near 1).
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, final

import numpy as np
from jaxtyping import Bool, Float, Int
from typing_extensions import override

from banian.leakage.purity import purest_end
from banian.leakage.target import (
    NEARLY_ALL,
    AbstractTarget,
    CodeCounts,
    Measure,
    clustered_standard_error,
)
from banian.predictions import Z_95


@final
@dataclass(frozen=True)
class BinaryTarget(AbstractTarget):
    """Rows of two classes, and the entities to which they belong."""

    name: ClassVar[Measure] = "auc"
    truth: Float[np.ndarray, " row"]
    """1 or 0."""
    cluster: Int[np.ndarray, " row"]
    """The entity of each row, from 0."""

    @cached_property
    def evidence(self) -> tuple[float, float]:
        """Count how many independent positives and negatives there are."""
        return count_evidence(self.truth, self.cluster)

    @override
    def measure(self, counts: CodeCounts) -> float:
        """Give the area under the ROC curve of codes that ascend; ties count half, NaN where a class is absent.

        >>> target = BinaryTarget(np.array([1.0, 0.0, 0.0]), np.arange(3))
        >>> target.measure(CodeCounts.of(np.array([2, 1, 2]), 3, target.truth))
        0.75
        """
        positive, negative = counts.total, counts.rows - counts.total
        pairs = positive.sum() * negative.sum()
        below = np.cumsum(negative) - negative / 2
        return float(positive @ below / pairs) if pairs > 0 else float("nan")

    @override
    def reverse(self, value: float) -> float:
        return 1 - value

    @override
    def interval(
        self,
        codes: Int[np.ndarray, " row"],
        counts: CodeCounts,
        order: Int[np.ndarray, " code"],
        value: float,
    ) -> tuple[float, float]:
        positive = counts.total[order]
        negative = counts.rows[order] - positive
        up, down = positive.sum(), negative.sum()
        influence = np.empty((2, len(order)))  # of a negative, of a positive with each code
        influence[0, order] = (1 - (np.cumsum(positive) - positive / 2) / up - value) / down
        influence[1, order] = ((np.cumsum(negative) - negative / 2) / down - value) / up
        own = influence.ravel()[codes + len(order) * self.truth.astype(np.int64)]
        error = Z_95 * clustered_standard_error(own, self.cluster)
        return (
            max(0.0, min(value - error, bound_auc(value, *self.evidence))),
            min(1.0, max(value + error, bound_auc(value, *self.evidence, upper=True))),
        )

    @override
    def purity(
        self, codes: Int[np.ndarray, " row"], counts: CodeCounts, order: Int[np.ndarray, " code"]
    ) -> float:
        return purest_end(codes, counts, order, self.cluster)

    @override
    def keep_if_nearly_told(
        self, rows: Bool[np.ndarray, " row"], counts: CodeCounts
    ) -> "BinaryTarget | None":
        area = self.measure(counts)
        if not max(area, 1 - area) >= NEARLY_ALL:  # NaN, where one class is absent, is not
            return None
        return BinaryTarget(self.truth[rows], self.cluster[rows])


def count_evidence(
    label: Float[np.ndarray, " row"], cluster: Int[np.ndarray, " row"]
) -> tuple[float, float]:
    """Count how many independent positives and negatives the rows are worth.

    An entity whose rows all have one label counts once. One with both counts as often as the rarer of them: what
    follows the label within an entity is more than a name of the entity.

    >>> count_evidence(np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0]), np.array([0, 0, 1, 1, 1, 2]))
    (2.0, 2.0)
    """
    positive = np.bincount(cluster, weights=label)
    negative = np.bincount(cluster) - positive
    both = np.minimum(positive, negative)
    mixed = both[both > 0].sum()
    return (
        float(mixed + ((positive > 0) & (negative == 0)).sum()),
        float(mixed + ((negative > 0) & (positive == 0)).sum()),
    )


def bound_auc(value: float, positives: float, negatives: float, *, upper: bool = False) -> float:
    """Give the lower (or upper) end of the 95 % interval of an area from counts alone, by bisection.

    It always has a width, also of an area of 1.

    >>> round(bound_auc(1.0, 20.0, 20.0), 3), round(bound_auc(1.0, 2000.0, 2000.0), 4)
    (0.899, 0.999)
    """
    low, high = (value, 1.0) if upper else (0.0, value)
    for _ in range(40):
        at = (low + high) / 2
        is_inside = abs(value - at) <= Z_95 * math.sqrt(_variance(at, positives, negatives))
        if is_inside == upper:
            low = at
        else:
            high = at
    return (low + high) / 2


def _variance(area: float, positives: float, negatives: float) -> float:
    half = (positives + negatives) / 2 - 1
    spread = 1 + half * ((1 - area) / (2 - area) + area / (1 + area))
    return area * (1 - area) * spread / (positives * negatives)
