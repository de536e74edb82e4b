"""Grades: a few whole numbers in order, such as stars."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from jaxtyping import Float, Int, Shaped
from typing_extensions import override

from banian.evaluation import Outcome, outcome_of_grades
from banian.examples import LabelFacts
from banian.kinds.base import AbstractKind, Judged, Objective
from banian.kinds.numbers import say_numbers
from banian.kinds.tower_state import TowerState
from banian.predictions import (
    AbstractCalibration,
    Answer,
    GradeCalibration,
    NumberCalibration,
    fit_bounds,
    fit_numbers,
    fit_temperature,
)
from banian.spec import Metric


@final
@dataclass(frozen=True)
class Ordinal(AbstractKind):
    """Labels are grades; learned as such, there is a probability for each, learned as a number, there is none."""

    labels: ClassVar[LabelFacts] = LabelFacts("ordinal", needs="more than one of them")
    has_top_tenth: ClassVar[bool] = True

    @override
    def takes(self, known: Float[np.ndarray, " known"]) -> bool:
        return bool((known == np.floor(known)).all())

    @override
    def grades(self, label: Float[np.ndarray, " row"]) -> tuple[float, ...]:
        # A mistyped grade far from all others would be nearly all of the mean, however improbable.
        near = fit_bounds(label, np.zeros(len(label))).clip(label) == label
        return tuple(np.unique(label[near]).tolist())

    @override
    def outputs(self, tower: TowerState) -> int:
        return len(tower.grades)

    @override
    def tree_objective(self, metric: Metric) -> Objective | None:
        return "multiclass"

    @override
    def fit_calibration(
        self,
        tower: TowerState,
        values: Float[np.ndarray, "row output"],
        label: Float[np.ndarray, " row"],
        level: Float[np.ndarray, " row"],
        cluster: Shaped[np.ndarray, " row"],
        weight: Float[np.ndarray, " row"] | None = None,
    ) -> AbstractCalibration:
        if not _has_probabilities(tower):
            reports = tower.reports
            return fit_numbers(
                values, label, level, floor=tower.floor, reports=reports, weight=weight
            )
        place = np.abs(label[:, None] - np.array(tower.grades)).argmin(axis=1)
        temperature = fit_temperature(values, place, weight=weight)
        return GradeCalibration(temperature, tower.grades, tower.reports)

    @override
    def plain_calibration(self, tower: TowerState) -> AbstractCalibration:
        if not _has_probabilities(tower):
            return NumberCalibration(None, None, 1.0, tower.floor)
        return GradeCalibration(1.0, tower.grades, tower.reports)

    @override
    def read_outcome(
        self,
        tower: TowerState,
        calibration: AbstractCalibration,
        answer: Answer,
        label: Float[np.ndarray, " row"],
        codes: Int[np.ndarray, "row slot"] | None,
    ) -> Outcome:
        return outcome_of_grades(label.astype(np.float64), answer, np.array(tower.grades))

    @override
    def explain(self, judged: Judged) -> Iterator[str]:
        return say_numbers(judged, adds_up=False)


def _has_probabilities(tower: TowerState) -> bool:
    return tower.learned_by == "cumulative_link"
