"""What one feature is scored against: the labels of a task, summed per code of the feature.

Source: Obuchowski, Biometrics 53, 1997 (standard errors from the influence of rows, entities being drawn).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, final

import numpy as np
from jaxtyping import Bool, Float, Int

Measure = Literal["auc", "rank correlation"]

NEARLY_ALL = 0.97
"""From this score on it is worth asking what a feature says where it is known."""


@final
@dataclass(frozen=True)
class CodeCounts:
    """Rows counted by the code that a feature has for them."""

    rows: Int[np.ndarray, " code"]
    """Rows per code; code 0 is that of rows where the feature is missing."""
    total: Float[np.ndarray, " code"]
    """Sum of the target's `truth` over the rows of each code."""

    @staticmethod
    def of(
        codes: Int[np.ndarray, " row"], size: int, truth: Float[np.ndarray, " row"]
    ) -> "CodeCounts":
        """Count rows with codes 0 … `size` - 1.

        >>> CodeCounts.of(np.array([1, 1, 2]), 3, np.array([0.5, 1.0, 2.0])).total.tolist()
        [0.0, 1.5, 2.0]
        """
        rows = np.bincount(codes, minlength=size)
        return CodeCounts(rows, np.bincount(codes, weights=truth, minlength=size))

    def reorder(self, order: Int[np.ndarray, " chosen"]) -> "CodeCounts":
        """Take codes in another order, or some of them."""
        return CodeCounts(self.rows[order], self.total[order])


class AbstractTarget(ABC):
    """Labels of rows, and how well the codes of one feature tell or order them."""

    name: ClassVar[Measure]
    """What `measure` computes."""
    truth: Float[np.ndarray, " row"]
    """The labels as the measure reads them."""
    cluster: Int[np.ndarray, " row"]
    """The entity of each row, from 0; rows of one entity resemble each other."""

    @abstractmethod
    def measure(self, counts: CodeCounts) -> float:
        """Score codes that ascend as they stand in `counts`; rows of one code are ties."""

    @abstractmethod
    def reverse(self, value: float) -> float:
        """Give the score of the same codes in descending order."""

    @abstractmethod
    def interval(
        self,
        codes: Int[np.ndarray, " row"],
        counts: CodeCounts,
        order: Int[np.ndarray, " code"],
        value: float,
    ) -> tuple[float, float]:
        """Bound the score `value` of codes in this `order` at 95 %, entities being drawn.

        It is the wider of two: what the influence of each row says, and what the number of entities allows.
        """

    @abstractmethod
    def purity(
        self, codes: Int[np.ndarray, " row"], counts: CodeCounts, order: Int[np.ndarray, " code"]
    ) -> float:
        """Give the share of the rarer class that stands alone at one end of the order, 0 where there is none."""

    @abstractmethod
    def keep_if_nearly_told(
        self, rows: Bool[np.ndarray, " row"], counts: CodeCounts
    ) -> "AbstractTarget | None":
        """Keep some of the rows as a target of their own, if an order of theirs scores about `NEARLY_ALL`, else None.

        `counts` are those of the kept rows, ascending; the order may point either way.
        """


def clustered_standard_error(
    influence: Float[np.ndarray, " row"], cluster: Int[np.ndarray, " row"]
) -> float:
    """Give the standard error of an estimate from the influence of each row on it, entities being drawn.

    >>> clustered_standard_error(np.array([0.3, -0.3]), np.array([0, 0]))
    0.0
    """
    return float(np.sqrt((np.bincount(cluster, weights=influence) ** 2).sum()))
