"""Yes or no: whether something happens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, final

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int, Shaped
from typing_extensions import override

from banian.evaluation import Outcome, of_100, outcome_of_truths
from banian.examples import LabelFacts
from banian.kinds.base import AbstractKind, Judged, Objective, ProbeMetric
from banian.kinds.tower_state import TowerState
from banian.predictions import AbstractCalibration, Answer, BinaryCalibration, Platt, fit_binary
from banian.spec import Kind, Metric
from banian.spec.expression_text import format_expression
from banian.spec.node import Compare, Comparison, Constant, Node, Operation

_YES = ("yes", "y", "true", "t", "ja", "oui", "si", "sí", "sim", "won", "positive", "1")
_SHOWN = 5  # classes


@final
@dataclass(frozen=True)
class Binary(AbstractKind):
    """Labels are 0 or 1, predictions the probability of 1."""

    labels: ClassVar[LabelFacts] = LabelFacts("binary", is_truth=True, needs="both yes and no")
    of_list: ClassVar[Literal["exists", "count_distinct"] | None] = "exists"
    has_top_tenth: ClassVar[bool] = True
    learns_from_trees: ClassVar[bool] = True
    probe_metric: ClassVar[ProbeMetric] = "auc"
    mean_name: ClassVar[str] = "base rate"

    @override
    def takes(self, known: Float[np.ndarray, " known"]) -> bool:
        return bool(np.isin(known, (0.0, 1.0)).all())

    @override
    def instead_of_numbers(
        self, tree: Node, known: Float[np.ndarray, " known"], inferred: Kind
    ) -> str:
        least, most = float(known.min()), float(known.max())
        crosses = least <= 0 < most
        is_pair = len(np.unique(known)) == 2
        sign: Comparison = "==" if is_pair and not crosses else ">"
        bound = 0.0 if crosses else most if is_pair else float(np.median(known))
        if sign == ">" and bound == most:
            bound = least  # most are equal to the greatest
        return f"Compare it, like {format_expression(Compare(sign, tree, _constant(bound)))}."

    @override
    def instead_of_texts(self, tree: Node, names: Sequence[str], inferred: Kind) -> str:
        said = next((name for name in names if name.casefold() in _YES), names[0])
        asked = format_expression(Compare("==", tree, Constant(said)))
        there = ", ".join(map(repr, sorted(names)[:_SHOWN])) + ("…" if len(names) > _SHOWN else "")
        return f"Compare it, like {asked}. There are: {there}."

    @override
    def tree_objective(self, metric: Metric) -> Objective | None:
        return "binary"

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
        return fit_binary(values, label, cluster, weight=weight)

    @override
    def plain_calibration(self, tower: TowerState) -> AbstractCalibration:
        return BinaryCalibration(Platt(1.0, 0.0), threshold=0.5)

    @override
    def read_outcome(
        self,
        tower: TowerState,
        calibration: AbstractCalibration,
        answer: Answer,
        label: Float[np.ndarray, " row"],
        codes: Int[np.ndarray, "row slot"] | None,
    ) -> Outcome:
        assert isinstance(calibration, BinaryCalibration)
        return outcome_of_truths(label.astype(np.float64), answer, calibration.threshold)

    @override
    def likelihood(
        self, label: Float[np.ndarray, " row"], answer: Answer
    ) -> Float[np.ndarray, " row"]:
        value = answer.value
        return np.where(np.isnan(label), np.nan, np.where(label > 0, value, 1 - value))

    @override
    def explain(self, judged: Judged) -> Iterator[str]:
        score, tenth = judged.score, judged.tenth
        if tenth is not None:
            lift = "" if tenth.lift is None else f", a lift of {tenth.lift:.1f}"
            yield (
                f"Of 100 in the tenth with the highest probabilities {of_100(tenth.mean)} come true; "
                f"of 100 taken blindly {of_100(tenth.overall)}{lift}."
            )
            if tenth.captured is not None:
                yield f"That tenth holds {of_100(tenth.captured)} of 100 that come true."
        right, found = (score["metrics"].get(name) for name in ("precision", "recall"))
        if right and found is not None and score["positives"]:
            flagged = found * score["positives"] / right / score["rows"]
            yield (
                f"Where it has to say yes or no it flags {of_100(flagged)} of 100; of 100 it flags "
                f"{of_100(right)} come true, and of 100 that come true it flags {of_100(found)}."
            )

    @override
    def confidence(
        self, rows: pa.Table
    ) -> tuple[Float[np.ndarray, " row"], Float[np.ndarray, " row"]] | None:
        label, value = (rows[name].to_numpy().astype(np.float64) for name in ("label", "value"))
        return label, value

    @override
    def print_mean(self, mean: float, unit: str) -> str:
        return f"{100 * mean:.1f} % in training"


def _constant(value: float) -> Node:
    size = Constant(int(abs(value)) if value.is_integer() else abs(value))
    return size if value >= 0 else Operation("-", Constant(0), size)
