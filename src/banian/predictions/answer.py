"""Calibrated answers of some rows, and the average of the outputs of several models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Float64, Int

SHARE = 0.9
"""Share of the labels that intervals are to hold."""


@final
@dataclass(frozen=True, eq=False)
class Answer:
    """One task's answers, a row each, without the names of keys and choices."""

    value: Float64[np.ndarray, " row"]
    """A probability, a number in the unit of the label, or a gain."""
    lower: Float64[np.ndarray, " row"] | None = None
    """Lower end of the interval; None where there is none."""
    upper: Float64[np.ndarray, " row"] | None = None
    """Upper end of the interval."""
    weights: Float64[np.ndarray, "row choice"] | None = None
    """What speaks for each choice: the probability of a class or an item, the gain of a treatment. In the last column
    are the unknown classes, or the control."""
    mean: Float64[np.ndarray, " row"] | None = None
    """Of numbers, what adds up over rows; the value may be a median."""

    def without(self, codes: Int[np.ndarray, "row slot"]) -> "Answer":
        """Set the weight of these choices to 0, row by row, and let the rest sum to 1 again; code −1 stands for none.

        >>> answer = Answer(np.array([0.6]), weights=np.array([[0.6, 0.3, 0.1]]))
        >>> answer.without(np.array([[0, -1]])).weights
        array([[0.  , 0.75, 0.25]])
        """
        assert self.weights is not None
        row, slot = np.nonzero(codes >= 0)
        weights = self.weights.copy()
        weights[row, codes[row, slot]] = 0
        total = weights.sum(axis=1, keepdims=True)
        weights = np.divide(weights, total, out=weights, where=total > 0)
        return Answer(weights[:, :-1].max(axis=1), weights=weights)

    def take(self, index: Int[np.ndarray, " chosen"]) -> "Answer":
        """Select rows."""
        rest = (self.lower, self.upper, self.weights, self.mean)
        return Answer(self.value[index], *(None if part is None else part[index] for part in rest))


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
