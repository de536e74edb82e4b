"""Quantiles: the number that a share of the labels does not exceed, such as how much to keep in stock."""

from dataclasses import dataclass
from typing import ClassVar, Literal, final

import numpy as np
from jaxtyping import Float, Int
from typing_extensions import override

from banian.evaluation import Outcome, outcome_of_quantiles
from banian.examples import LabelFacts
from banian.kinds.base import Objective
from banian.kinds.numbers import AbstractNumber
from banian.kinds.tower_state import Reports, TowerState
from banian.predictions import AbstractCalibration, Answer
from banian.spec import Metric


@final
@dataclass(frozen=True)
class Quantile(AbstractNumber):
    """One quantile of a number; the task says which."""

    labels: ClassVar[LabelFacts] = LabelFacts("quantile")

    @override
    def tree_objective(self, metric: Metric) -> Objective | None:
        return "quantile"

    @override
    def read_outcome(
        self,
        tower: TowerState,
        calibration: AbstractCalibration,
        answer: Answer,
        label: Float[np.ndarray, " row"],
        codes: Int[np.ndarray, "row slot"] | None,
    ) -> Outcome:
        assert tower.quantile is not None
        return outcome_of_quantiles(label.astype(np.float64), answer, tower.quantile)

    @override
    def _reports(self, tower: TowerState) -> Reports | Literal["quantile"]:
        return "quantile"
