"""How good a task's predictions are, how sure that is, and whether a constant would do."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Float64, Shaped

from banian.evaluation.auc import auc
from banian.evaluation.average_precision import average_precision
from banian.evaluation.bootstrap import draw_metric, percentiles
from banian.evaluation.calibration_error import expected_calibration_error
from banian.evaluation.deviance import deviance
from banian.evaluation.error import mae, rmse
from banian.evaluation.log_loss import log_loss
from banian.evaluation.metrics import higher_is_better, measure
from banian.evaluation.threshold import f1, precision, recall
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
    """The headline metric of predicting the same number for every row."""
    better: bool | None
    """Whether the interval of the difference to that constant lies wholly on the good side."""
    rows: int
    positives: int | None
    """Rows with label 1; binary tasks only."""
    metrics: dict[str, float]
    """Every metric of the kind."""

    def to_dict(self) -> dict[str, object]:
        """Say it in JSON's types; what is undefined is None.

        >>> nan = math.nan
        >>> TaskScore("amount", "mae", nan, (nan, nan), 2.0, None, 0, None, {}).to_dict()
        {'kind': 'amount', 'metric': 'mae', 'value': None, 'interval': [None, None],
         'constant': 2.0, 'better': None, 'rows': 0, 'positives': None, 'metrics': {}}
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
        }


def evaluate(
    kind: Kind,
    metric: Metric,
    label: Float[np.ndarray, " row"],
    value: Float[np.ndarray, " row"],
    cluster: Shaped[np.ndarray, " row"],
    constant: float,
    threshold: float | None,
    *,
    seed: int,
) -> TaskScore:
    """Judge predictions against labels, and against predicting `constant` for every row.

    Shapes: `cluster` names the entity of each row, whose rows are drawn together.
    Units: `value`, `constant` and `threshold` are probabilities for binary tasks. A threshold is
    for binary tasks only, None for others.
    Raises: ValueError for a label or value that is absent (leave such rows out), a binary label
    that is neither 0 nor 1, a metric or threshold that does not fit the kind.

    >>> label = np.tile([0.0, 0.0, 1.0], 30)
    >>> score = evaluate("binary", "auc", label, label, np.arange(90), 0.3, 0.5, seed=0)
    >>> score.value, score.interval, score.constant, score.better, score.positives
    (1.0, (1.0, 1.0), 0.5, True, 30)
    """
    label, value = label.astype(np.float64), value.astype(np.float64)
    _check(kind, metric, label, value, threshold)
    same = np.full(len(label), float(constant))
    weight = np.ones(len(label))
    # one set of draws serves the interval and the comparison
    drawn, drawn_same = draw_metric(metric, label, [value, same], cluster, seed=seed)
    return TaskScore(
        kind=kind,
        metric=metric,
        value=measure(metric, label, value, weight),
        interval=percentiles(drawn, _LEVEL),
        constant=measure(metric, label, same, weight),
        better=_is_better(metric, percentiles(drawn - drawn_same, _LEVEL)),
        rows=len(label),
        positives=int(label.sum()) if kind == "binary" else None,
        metrics=_all_metrics(kind, label, value, weight, threshold),
    )


def _check(
    kind: Kind,
    metric: Metric,
    label: Float64[np.ndarray, " row"],
    value: Float64[np.ndarray, " row"],
    threshold: float | None,
) -> None:
    if metric not in METRICS[kind]:
        raise ValueError(f"{kind} is judged by one of {', '.join(METRICS[kind])}, not {metric}")
    for role, numbers in (("label", label), ("value", value)):
        absent = int((~np.isfinite(numbers)).sum())
        if absent:
            raise ValueError(f"every {role} must be a finite number, however: {absent} are not")
    if (threshold is not None) != (kind == "binary"):
        raise ValueError(f"binary tasks need a threshold, others none: {kind} has {threshold}")
    if kind == "binary" and not np.isin(label, (0.0, 1.0)).all():
        raise ValueError("every label of a binary task must be 0 or 1, however: some are not")


def _is_better(metric: Metric, difference: tuple[float, float]) -> bool | None:
    lower, upper = difference
    if math.isnan(lower):
        return None
    return lower > 0 if higher_is_better(metric) else upper < 0


def _all_metrics(
    kind: Kind,
    label: Float64[np.ndarray, " row"],
    value: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
    threshold: float | None,
) -> dict[str, float]:
    rows = (label, value, weight)
    match kind:
        case "binary":
            cut = math.nan if threshold is None else threshold
            return {
                "auc": auc(*rows),
                "average_precision": average_precision(*rows),
                "precision": precision(*rows, cut),
                "recall": recall(*rows, cut),
                "f1": f1(*rows, cut),
                "log_loss": log_loss(*rows),
                "expected_calibration_error": expected_calibration_error(*rows),
            }
        case "amount" | "regression" | "ordinal":
            return {"mae": mae(*rows), "rmse": rmse(*rows)}
        case "count":
            return {"deviance": deviance(*rows), "mae": mae(*rows), "rmse": rmse(*rows)}
        case _:
            raise ValueError(f"a {kind} task is judged by no metric")


def _or_none(number: float) -> float | None:
    return number if math.isfinite(number) else None
