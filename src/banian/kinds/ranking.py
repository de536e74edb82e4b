"""Rankings: which items are likeliest to come next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int, Shaped
from typing_extensions import override

from banian.evaluation import Outcome, of_100, outcome_of_rankings
from banian.examples import LabelFacts
from banian.kinds.base import AbstractKind, Form, Judged, Objective, ProbeMetric
from banian.kinds.choices import name_best
from banian.kinds.tower_state import TowerState
from banian.predictions import AbstractCalibration, Answer, ClassCalibration
from banian.spec import Metric, Tower
from banian.spec.node import Aggregate

_MOST_SCORED = 20_000
"""Of more items than these only those of a batch are scored in a step."""


@final
@dataclass(frozen=True)
class Ranking(AbstractKind):
    """Labels are lists of items, predictions what speaks for each item."""

    labels: ClassVar[LabelFacts] = LabelFacts("ranking", coded="item")
    forms: ClassVar[tuple[Form, ...]] = ("list",)
    not_of_numbers: ClassVar[tuple[str, str]] = (
        "only a list can be ranked",
        "Ask for one: LIST_DISTINCT(orders.product, 0, 28d) RANK TOP 12.",
    )
    probe_metric: ClassVar[ProbeMetric] = "recall"

    @override
    def tower_for(self, choices: int) -> Tower | None:
        return "sampled_softmax" if choices > _MOST_SCORED else None

    @override
    def outputs(self, tower: TowerState) -> int:
        return len(tower.classes) + 1  # and all unknown ones

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
        return ClassCalibration(1.0)

    @override
    def name_choices(
        self, tower: TowerState, weights: Float[np.ndarray, "row choice"]
    ) -> pa.Array | None:
        assert tower.top is not None
        # There may be fewer than are asked for: those that the row had before have no weight.
        return name_best(tower.classes, weights, tower.top, only_weighted=True)

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
        assert tower.top is not None
        return outcome_of_rankings(codes, label.astype(np.float64), answer.weights, tower.top)

    @override
    def explain(self, judged: Judged) -> Iterator[str]:
        tree, score = judged.task.tree, judged.score
        top = tree.top if isinstance(tree, Aggregate) else None
        hit, same = (score.get(name, {}).get("hit_rate") for name in ("metrics", "constants"))
        if hit is not None:
            beside = (
                ""
                if same is None
                else f"; the same most popular items for everyone, in {of_100(same)}"
            )
            yield f"In {of_100(hit)} of 100 lists of {top} at least one item is right{beside}."
        share, usual = (score.get(name, {}).get("recall") for name in ("metrics", "constants"))
        if share is not None and usual is not None:
            yield (
                f"Of 100 items that a list could have named it names {of_100(share)}; the most popular ones, "
                f"{of_100(usual)}."
            )
