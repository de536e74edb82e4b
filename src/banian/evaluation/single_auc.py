"""How well one feature alone tells two classes apart, and how sure that is."""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Float, Int

from banian.evaluation.auc_interval import bound_auc, evidence_of, standard_error
from banian.evaluation.tally import Tally

_Z = 1.959964


@final
@dataclass(frozen=True)
class Classes:
    """Rows of two classes, and the entities to which they belong."""

    truth: Float[np.ndarray, " row"]
    """1 or 0."""
    cluster: Int[np.ndarray, " row"]

    @cached_property
    def evidence(self) -> tuple[float, float]:
        """Count how many independent positives and negatives there are."""
        return evidence_of(self.truth, self.cluster)

    def measure(self, tally: Tally) -> float:
        """Give the area under the ROC curve of codes that ascend; ties count half, NaN where a class is absent.

        >>> rows = Classes(np.array([1.0, 0.0, 0.0]), np.arange(3))
        >>> rows.measure(Tally.of(np.array([2, 1, 2]), 3, rows.truth))
        0.75
        """
        positive, negative = tally.total, tally.rows - tally.total
        pairs = positive.sum() * negative.sum()
        below = np.cumsum(negative) - negative / 2
        return float(positive @ below / pairs) if pairs > 0 else float("nan")

    def reverse(self, value: float) -> float:
        """Give the area of the codes in descending order."""
        return 1 - value

    def interval(
        self,
        codes: Int[np.ndarray, " row"],
        tally: Tally,
        order: Int[np.ndarray, " code"],
        value: float,
    ) -> tuple[float, float]:
        """Bound the area at 95 %: the wider of what the rows' pulls say and what their number allows."""
        positive = tally.total[order]
        negative = tally.rows[order] - positive
        up, down = positive.sum(), negative.sum()
        pull = np.empty((2, len(order)))
        pull[0, order] = (1 - (np.cumsum(positive) - positive / 2) / up - value) / down
        pull[1, order] = ((np.cumsum(negative) - negative / 2) / down - value) / up
        own = pull.ravel()[codes + len(order) * self.truth.astype(np.int64)]
        error = _Z * standard_error(own, self.cluster)
        return (
            max(0.0, min(value - error, bound_auc(value, *self.evidence))),
            min(1.0, max(value + error, bound_auc(value, *self.evidence, upper=True))),
        )
