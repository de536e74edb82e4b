"""What kinds have in common whose predictions are numbers."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int, Shaped
from typing_extensions import override

from banian.evaluation import Outcome, number, of_100, outcome_of_numbers
from banian.kinds.base import AbstractKind, Judged, Objective
from banian.kinds.tower_state import Reports, TowerState
from banian.predictions import (
    FEWEST,
    AbstractCalibration,
    Answer,
    Bounds,
    NumberCalibration,
    fit_numbers,
)
from banian.spec import Metric


class AbstractNumber(AbstractKind):
    """A number that is predicted with an interval, and believed within bounds."""

    is_count: ClassVar[bool] = False
    """Whether labels are whole numbers from 0 on."""

    @override
    def least(self, label: Float[np.ndarray, " row"]) -> float | None:
        """Give 0 where none of twenty labels or more is negative, as of what adds up over purchases; else None.

        A median or a mean of such labels is not negative, though the line that a network or trees draw may be. That the
        next label is the first below 0 is less likely than one in so many rows.
        """
        return 0.0 if len(label) >= FEWEST and label.min() >= 0 else None

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
        return fit_numbers(
            values,
            label,
            level,
            floor=self._floor(tower),
            whole=self.is_count,
            reports=self._reports(tower),
            weight=weight,
        )

    @override
    def plain_calibration(self, tower: TowerState) -> AbstractCalibration:
        return NumberCalibration(None, None, 1.0, self._floor(tower))

    @override
    def believe(
        self,
        tower: TowerState,
        answer: Answer,
        label: Float[np.ndarray, " row"],
        bounds: Bounds,
    ) -> tuple[Answer, Float[np.ndarray, " row"]]:
        return replace(answer, value=bounds.clip(answer.value)), bounds.clip(label)

    @override
    def read_outcome(
        self,
        tower: TowerState,
        calibration: AbstractCalibration,
        answer: Answer,
        label: Float[np.ndarray, " row"],
        codes: Int[np.ndarray, "row slot"] | None,
    ) -> Outcome:
        return outcome_of_numbers(label.astype(np.float64), answer)

    @override
    def explain(self, judged: Judged) -> Iterator[str]:
        return say_numbers(judged, adds_up=self.adds_up)

    def _reports(self, tower: TowerState) -> Reports | Literal["quantile"]:
        """Say what of a predicted distribution the first output is."""
        return tower.reports

    def _floor(self, tower: TowerState) -> float | None:
        """Give the least value that a label can have: no less than 0 for a count, and where zeros are meant apart."""
        if self.is_count or tower.learned_by == "zero_inflated_log_normal":
            return max(0.0, tower.floor or 0.0)
        return tower.floor


def number_objective(metric: Metric) -> Objective:
    """Name what trees minimise: absolute errors for the median, squared ones for the mean."""
    return "regression_l1" if metric == "mae" else "regression"


def say_numbers(judged: Judged, *, adds_up: bool) -> Iterator[str]:
    """Say how far numbers are off, and whether those who matter are found."""
    score, tenth = judged.score, judged.tenth
    off, same = (score.get(name, {}).get("mae") for name in ("metrics", "constants"))
    if off is not None:
        beside = "" if same is None else f"; saying the same of every row is off by {number(same)}"
        yield f"On average it is off by {number(off)} ({judged.unit}){beside}."
    if tenth is not None and tenth.captured is not None and adds_up:
        yield (
            f"The tenth with the highest predictions holds {of_100(tenth.captured)} % of the total; a tenth taken "
            "blindly holds 10 %."
        )
    elif tenth is not None:
        yield (
            f"In the tenth with the highest predictions the mean is {number(tenth.mean)}; over all rows it is "
            f"{number(tenth.overall)}."
        )
