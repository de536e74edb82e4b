"""How good a task's predictions are, how sure that is, and whether a constant would do."""

import math
from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Bool, Float64, Shaped

from banian.evaluation.binary_metrics import f1, precision, recall
from banian.evaluation.bootstrap import draw_metric, percentiles
from banian.evaluation.calibration_metrics import expected_calibration_error
from banian.evaluation.dominant_row import DominantRow, find_dominant_row
from banian.evaluation.metrics import higher_is_better, measure
from banian.evaluation.outcome import Outcome
from banian.evaluation.weighted_sums import ratio
from banian.predictions import SHARE
from banian.spec import METRICS, Kind, Metric

_LEVEL = 0.95


@final
@dataclass(frozen=True)
class TaskScore:
    """What evaluation found out about one task."""

    kind: Kind
    metric: Metric
    """The headline metric."""
    value: float
    """Its value; NaN where it is undefined."""
    interval: tuple[float, float]
    """Where it would lie in 95 of 100 draws of entities."""
    constant: float
    """The headline metric of saying the same for every row."""
    better: bool | None
    """Whether the interval of the difference to that constant lies wholly on the good side."""
    rows: int
    positives: int | None
    """Rows with label 1, where labels are yes or no."""
    metrics: dict[str, float]
    """Every metric of the kind."""
    coverage: float | None = None
    """Share of the labels that lie in their interval, which promises nine of ten; nothing where there are none."""
    quantile: float | None = None
    """Of a quantile: which one, and so what it promises."""
    below: float | None = None
    """Of a quantile: share of the labels that lie at or below it."""
    constants: dict[str, float] = field(default_factory=dict)
    """Every metric of the kind, of saying the same for every row."""
    dominant: DominantRow | None = None
    """The one row that makes up more than half of the headline metric; nothing where there is none."""

    def to_dict(self) -> dict[str, object]:
        """Say it in JSON's types; what is undefined is None.

        >>> nan = math.nan
        >>> TaskScore("amount", "mae", nan, (nan, nan), 2.0, None, 0, None, {}).to_dict()
        {'kind': 'amount', 'metric': 'mae', 'value': None, 'interval': [None, None],
         'constant': 2.0, 'better': None, 'rows': 0, 'positives': None, 'metrics': {}, 'coverage': None,
         'coverage_promised': None, 'quantile': None, 'below': None, 'constants': {}, 'dominant': None}
        """
        return {
            "kind": self.kind,
            "metric": self.metric,
            "value": _or_none(self.value),
            "interval": [_or_none(end) for end in self.interval],
            "constant": _or_none(self.constant),
            "better": self.better,
            "rows": self.rows,
            "positives": self.positives,
            "metrics": {name: _or_none(value) for name, value in self.metrics.items()},
            "coverage": self.coverage,
            "coverage_promised": None if self.coverage is None else SHARE,
            "quantile": self.quantile,
            "below": self.below,
            "constants": {name: _or_none(value) for name, value in self.constants.items()},
            "dominant": None if self.dominant is None else self.dominant.to_dict(),
        }


def evaluate(
    kind: Kind,
    metric: Metric,
    said: Outcome,
    same: Outcome,
    cluster: Shaped[np.ndarray, " row"],
    *,
    weight: Float64[np.ndarray, " row"] | None = None,
    seed: int,
) -> TaskScore:
    """Judge what was said, and hold it against the `same` for every row, what a constant predictor says.

    Shapes: `cluster` names the entity of each row, whose rows are drawn together; `weight` says how much each row
    counts, alike where there is none.
    Raises: ValueError for a label or prediction that is absent (leave such rows out), a binary label that is neither 0
    nor 1, a metric that does not fit the kind.

    >>> from banian.evaluation import outcome_of_truths
    >>> from banian.predictions import Answer
    >>> label = np.tile([0.0, 0.0, 1.0], 30)
    >>> said, same = (outcome_of_truths(label, Answer(p), 0.5) for p in (label, 0 * label + 0.3))
    >>> score = evaluate("binary", "auc", said, same, np.arange(90), seed=0)
    >>> score.value, score.interval, score.constant, score.better, score.positives
    (1.0, (1.0, 1.0), 0.5, True, 30)
    """
    _check(kind, metric, said)
    label, value = said.readings[metric]
    _, constant = same.readings[metric]
    counts = np.ones(len(label)) if weight is None else weight
    # one set of draws serves the interval and the comparison
    drawn, drawn_same = draw_metric(
        metric, label, [value, constant], cluster, weight=weight, seed=seed
    )
    return TaskScore(
        kind=kind,
        metric=metric,
        value=measure(metric, label, value, counts),
        interval=percentiles(drawn, _LEVEL),
        constant=measure(metric, label, constant, counts),
        better=_is_better(metric, percentiles(drawn - drawn_same, _LEVEL)),
        rows=len(label),
        positives=None if said.threshold is None else int(label.sum()),
        metrics=_all_metrics(kind, said, counts),
        coverage=_share(said.inside, counts),
        quantile=said.quantile,
        below=_share(said.below, counts),
        constants=_all_metrics(kind, same, counts),
        dominant=find_dominant_row(metric, label, value, constant, counts),
    )


def _check(kind: Kind, metric: Metric, said: Outcome) -> None:
    if metric not in METRICS[kind]:
        raise ValueError(f"{kind} is judged by one of {', '.join(METRICS[kind])}, not {metric}")
    label, value = said.readings[metric]
    for role, numbers in (("label", label), ("value", value)):
        absent = int((~np.isfinite(numbers)).sum())
        if absent:
            raise ValueError(f"every {role} must be a finite number, however: {absent} are not")
    if said.threshold is not None and not np.isin(label, (0.0, 1.0)).all():
        raise ValueError("every label of a binary task must be 0 or 1, however: some are not")


def _share(
    held: Bool[np.ndarray, " row"] | None, weight: Float64[np.ndarray, " row"]
) -> float | None:
    return None if held is None or not weight.any() else float(np.average(held, weights=weight))


def _is_better(metric: Metric, difference: tuple[float, float]) -> bool | None:
    lower, upper = difference
    if math.isnan(lower):
        return None
    return lower > 0 if higher_is_better(metric) else upper < 0


def _all_metrics(
    kind: Kind, said: Outcome, weight: Float64[np.ndarray, " row"]
) -> dict[str, float]:
    found: dict[str, float] = {
        metric: measure(metric, *said.readings[metric], weight) for metric in METRICS[kind]
    }
    if said.hit is not None:
        found["hit_rate"] = ratio(float(weight @ said.hit), weight.sum())
    if said.threshold is not None:
        rows = (*said.readings["auc"], weight, said.threshold)
        found |= {"precision": precision(*rows), "recall": recall(*rows), "f1": f1(*rows)}
    if said.confidence is not None:
        found["expected_calibration_error"] = expected_calibration_error(*said.confidence, weight)
    return found


def _or_none(number: float) -> float | None:
    return number if math.isfinite(number) else None
