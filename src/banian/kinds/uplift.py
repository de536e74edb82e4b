"""Uplift: what each treatment adds, from a trial that treated by chance."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int, Shaped
from typing_extensions import override

from banian.evaluation import Outcome, number, outcome_of_effects, policy_mean
from banian.examples import LabelFacts
from banian.kinds.base import AbstractKind, Form, Judged, Objective
from banian.kinds.choices import name_best
from banian.kinds.tower_state import TowerState
from banian.predictions import ANSWERS, AbstractCalibration, Answer, Bounds, EffectCalibration
from banian.spec import Metric, RowTaskSpec


@final
@dataclass(frozen=True)
class Uplift(AbstractKind):
    """Labels are what came of a row, yes or no or a number, and how it was treated; predictions what treating adds."""

    labels: ClassVar[LabelFacts] = LabelFacts("uplift", is_truth=None)
    forms: ClassVar[tuple[Form, ...]] = ("number", "list")
    """A list holds the one arm that a row was in."""

    @override
    def outputs(self, tower: TowerState) -> int:
        return len(tower.classes)

    @override
    def tree_objective(self, metric: Metric) -> Objective | None:
        return None

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
        return self.plain_calibration(tower)

    @override
    def plain_calibration(self, tower: TowerState) -> AbstractCalibration:
        return EffectCalibration()

    @override
    def name_choices(
        self, tower: TowerState, weights: Float[np.ndarray, "row choice"]
    ) -> pa.Array | None:
        return name_best(tower.classes[1:], weights, len(tower.classes) - 1)

    @override
    def read_outcome(
        self,
        tower: TowerState,
        calibration: AbstractCalibration,
        answer: Answer,
        label: Float[np.ndarray, " row"],
        codes: Int[np.ndarray, "row slot"] | None,
    ) -> Outcome:
        assert answer.weights is not None
        assert codes is not None
        return outcome_of_effects(label.astype(np.float64), codes[:, 0], answer.weights)

    @override
    def believe(
        self,
        tower: TowerState,
        answer: Answer,
        label: Float[np.ndarray, " row"],
        bounds: Bounds,
    ) -> tuple[Answer, Float[np.ndarray, " row"]]:
        return answer, bounds.clip(label) if tower.outcome == "number" else label

    @override
    def explain(self, judged: Judged) -> Iterator[str]:
        assert isinstance(judged.task, RowTaskSpec)
        if ANSWERS not in judged.rows.column_names:
            return  # there are no labels beside what an older Banian predicted
        known = judged.rows.filter(pc.is_valid(judged.rows[ANSWERS]))
        if len(known):
            yield from _say_advised(known, str(judged.task.control), judged.unit)


def _say_advised(known: pa.Table, control: str, unit: str) -> Iterator[str]:
    """Say what following the advice would have given, from the trial itself."""
    label = known["label"].to_numpy().astype(np.float64)
    arm = np.array([names[0] for names in known[ANSWERS].to_pylist()], str)
    best = np.array(known["choice"].to_pylist(), str)
    advised = np.where(known["value"].to_numpy() > 0, best, control)
    means = {name: float(label[arm == name].mean()) for name in np.unique(arm)}
    reached = policy_mean(label, arm, advised)
    treated = {name: mean for name, mean in means.items() if name != control}
    if np.isfinite(reached) and treated and control in means:
        top = max(treated, key=lambda name: treated[name])
        yield (
            f"Had each row got what it is advised, the mean of {unit} would have been {number(reached)}; "
            f"with {control} for all {number(means[control])}, with {top} for all {number(treated[top])}."
        )
