"""What layers below the kinds of task must know of one: how its labels are counted, named and told apart."""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Bool, Float

from banian.spec import Kind

Coded = Literal["class", "item"]
"""What the numbers of a label stand for, where they stand for names."""


@final
@dataclass(frozen=True)
class LabelFacts:
    """What the labels of one kind of task are; each kind says it of itself."""

    kind: Kind
    coded: Coded | None = None
    """Whether labels are classes, or lists of items, that get their numbers from the rows that train."""
    is_truth: bool | None = False
    """Whether labels are yes or no; None where some tasks of this kind have such labels and others numbers."""
    needs: str | None = None
    """What the labels that train must have, where nothing can be learned from one value alone."""
    has_mean: bool = True
    """Whether the mean of the labels says anything."""

    def simplify(
        self, label: Float[np.ndarray, " row"], used: Bool[np.ndarray, " row"]
    ) -> tuple[bool, Float[np.ndarray, " row"]]:
        """Make labels what one feature alone can be asked about: yes or no, or numbers.

        Of classes, whose codes have no order, it is asked whether it is the one that is most frequent where `used`.

        Returns: whether labels are yes or no, and the labels [row]; NaN stays NaN.

        >>> LabelFacts("multiclass", coded="class").simplify(np.array([2.0, 0.0, 2.0]), np.ones(3, bool))
        (True, array([1., 0., 1.]))
        """
        if self.coded == "class" and used.any():
            classes, counts = np.unique(label[used], return_counts=True)
            most = label == classes[counts.argmax()]
            return True, np.where(np.isnan(label), np.nan, most)
        if self.is_truth is None:
            return bool(np.isin(label[used], (0.0, 1.0)).all()), label
        return self.is_truth or self.coded == "class", label
