"""From the probabilities of grades to a grade, and the grades between which it lies."""

from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from jaxtyping import Float, Float64
from typing_extensions import override

from banian.predictions.answer import SHARE, Answer
from banian.predictions.base import AbstractCalibration
from banian.predictions.temperature import sharpen


@final
@dataclass(frozen=True)
class GradeCalibration(AbstractCalibration):
    """One temperature for all grades; the value is the median or the mean.

    >>> grades = GradeCalibration(1.0, (1.0, 2.0, 5.0), "median")
    >>> said = grades.apply(np.array([[0.1, 0.6, 0.3]]), np.zeros(1))
    >>> said.value, said.lower, said.upper
    (array([2.]), array([1.]), array([5.]))
    """

    temperature: float
    grades: tuple[float, ...]
    reports: Literal["mean", "median"]

    @override
    def apply(
        self, values: Float[np.ndarray, "row output"], level: Float[np.ndarray, " row"]
    ) -> Answer:
        probability = sharpen(values, self.temperature)
        lower, median, upper = (
            self._quantile(probability, rank) for rank in ((1 - SHARE) / 2, 0.5, (1 + SHARE) / 2)
        )
        mean = probability @ np.array(self.grades)
        value = median if self.reports == "median" else mean
        return Answer(value, lower, upper, probability, mean)

    @override
    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": "grades",
            "temperature": self.temperature,
            "grades": list(self.grades),
            "reports": self.reports,
        }

    def _quantile(
        self, probability: Float64[np.ndarray, "row class"], rank: float
    ) -> Float64[np.ndarray, " row"]:
        # Half of the rows exactly may come out as a little less than half.
        short = probability.cumsum(axis=1)[:, :-1] < rank - 1e-12
        found: Float64[np.ndarray, " row"] = np.array(self.grades)[short.sum(axis=1)]
        return found
