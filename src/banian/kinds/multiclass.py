"""Classes without an order: which of several it will be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int, Shaped
from typing_extensions import override

from banian.evaluation import Outcome, of_100, outcome_of_classes, right_choices
from banian.examples import LabelFacts
from banian.kinds.base import AbstractKind, Form, Judged, Objective, ProbeMetric
from banian.kinds.choices import name_best
from banian.kinds.tower_state import TowerState
from banian.predictions import AbstractCalibration, Answer, ClassCalibration, fit_temperature
from banian.spec import Metric

_MOST_NAMED = 5


@final
@dataclass(frozen=True)
class Multiclass(AbstractKind):
    """Labels are codes of classes, all unknown classes one code more; predictions are a probability for each."""

    labels: ClassVar[LabelFacts] = LabelFacts(
        "multiclass", coded="class", needs="more than one of them", has_mean=False
    )
    forms: ClassVar[tuple[Form, ...]] = ("number", "text")
    probe_metric: ClassVar[ProbeMetric] = "auc"

    @override
    def outputs(self, tower: TowerState) -> int:
        return len(tower.classes) + 1  # and all unknown ones

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
        return ClassCalibration(fit_temperature(values, label.astype(np.int64), weight=weight))

    @override
    def plain_calibration(self, tower: TowerState) -> AbstractCalibration:
        return ClassCalibration(1.0)

    @override
    def name_choices(
        self, tower: TowerState, weights: Float[np.ndarray, "row choice"]
    ) -> pa.Array | None:
        return name_best(tower.classes, weights, _MOST_NAMED)

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
        return outcome_of_classes(label.astype(np.float64), answer.weights)

    @override
    def likelihood(
        self, label: Float[np.ndarray, " row"], answer: Answer
    ) -> Float[np.ndarray, " row"]:
        assert answer.weights is not None
        place = np.nan_to_num(label).astype(np.int64)[:, None]
        said = np.take_along_axis(answer.weights, place, axis=1)[:, 0]
        return np.where(np.isnan(label), np.nan, said)

    @override
    def explain(self, judged: Judged) -> Iterator[str]:
        right, same = (
            judged.score.get(name, {}).get("accuracy") for name in ("metrics", "constants")
        )
        if right is not None:
            beside = (
                ""
                if same is None
                else f"; naming the most frequent one every time, for {of_100(same)}"
            )
            yield f"It names the right class for {of_100(right)} of 100{beside}."

    @override
    def confidence(
        self, rows: pa.Table
    ) -> tuple[Float[np.ndarray, " row"], Float[np.ndarray, " row"]] | None:
        return right_choices(rows), rows["value"].to_numpy().astype(np.float64)
