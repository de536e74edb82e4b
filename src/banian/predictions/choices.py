"""Calibration where there is a choice: of classes and items, of grades, of treatments."""

from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from jaxtyping import Float, Float64
from typing_extensions import override

from banian.predictions.answer import SHARE, Answer
from banian.predictions.base import AbstractCalibration
from banian.predictions.calibration import sharpen


@final
@dataclass(frozen=True)
class ClassCalibration(AbstractCalibration):
    """One temperature for all classes; the value is the probability of the most probable known one.

    >>> ClassCalibration(1.0).apply(np.array([[0.2, 0.3, 0.5]]), np.zeros(1)).value
    array([0.3])
    """

    temperature: float
    """Above 1 it evens probabilities out, below 1 it sharpens them."""

    @override
    def apply(
        self, values: Float[np.ndarray, "row output"], level: Float[np.ndarray, " row"]
    ) -> Answer:
        probability = sharpen(values, self.temperature)
        return Answer(probability[:, :-1].max(axis=1), weights=probability)

    @override
    def to_dict(self) -> dict[str, Any]:
        return {"kind": "classes", "temperature": self.temperature}


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
    """Above 1 it evens probabilities out, below 1 it sharpens them."""
    grades: tuple[float, ...]
    """The grades in ascending order, in the unit of the label."""
    reports: Literal["mean", "median"]
    """What the value is."""

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


@final
@dataclass(frozen=True)
class EffectCalibration(AbstractCalibration):
    """Nothing to calibrate, since nobody sees the effect in a row: the treatments' means less that of the control.

    Outputs are the means under the control and under each treatment; the value is the gain of the best treatment.

    >>> said = EffectCalibration().apply(np.array([[0.25, 0.75, 0.5]]), np.zeros(1))
    >>> said.value, said.weights
    (array([0.5]), array([[0.5 , 0.25, 0.  ]]))
    """

    @override
    def apply(
        self, values: Float[np.ndarray, "row output"], level: Float[np.ndarray, " row"]
    ) -> Answer:
        gains = values[:, 1:].astype(np.float64) - values[:, :1]
        nothing = np.zeros((len(gains), 1))
        return Answer(gains.max(axis=1), weights=np.concatenate([gains, nothing], axis=1))

    @override
    def to_dict(self) -> dict[str, Any]:
        return {"kind": "effects"}
