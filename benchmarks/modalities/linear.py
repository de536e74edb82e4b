"""Logistic and ridge regression whose strength the validation rows choose; then trained on these as well."""

import warnings
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from banian.evaluation import higher_is_better, measure
from modalities.finding import Finding
from modalities.parts import TEST, TRAIN, VALID
from modalities.rows import Rows

Features = Callable[[Int64[np.ndarray, " row"]], Any]
"""From the rows that may be looked at to a matrix of all rows, dense or sparse."""

_STRENGTHS = (1.0, 4.0, 16.0, 64.0)
_RIDGE = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_ITERATIONS = 40
"""So that a fit of 150 classes takes about a minute; one that has not settled by then is stopped early."""


def linear(
    rows: Rows,
    task: str,
    name: str,
    features: dict[str, Features],
    *,
    strengths: Sequence[float] | None = None,
) -> Finding:
    """Choose among features and strengths by the first metric of the task, and predict the test rows.

    `strengths` are the inverse of the penalty in logistic regression, the penalty itself in ridge regression; they are
    tried from the least on until one is worse than the one before.
    """
    start = monotonic()
    asked = rows.tasks[task]
    metric, labels = asked.metrics[0], rows.labels(task)
    train, valid, _ = places = [
        np.flatnonzero((rows.part == which) & ~np.isnan(labels)) for which in (TRAIN, VALID, TEST)
    ]
    is_class = asked.kind != "regression"
    sign = 1 if higher_is_better(metric) else -1
    tried: dict[tuple[str, float], float] = {}
    for kind, make in features.items():
        matrix = make(train)
        best = -np.inf
        for strength in strengths or (_STRENGTHS if is_class else _RIDGE):
            model = _fit(matrix[train], labels[train], strength, is_class)
            said = _say(model, matrix[valid], asked.kind)
            value = measure(metric, labels[valid], said, np.ones(len(valid)))
            tried[kind, strength] = value
            if sign * value < best:
                break
            best = sign * value
    kind, strength = max(tried, key=lambda pair: sign * tried[pair])
    both = np.sort(np.concatenate(places[:2]))
    matrix = features[kind](both)
    model = _fit(matrix[both], labels[both], strength, is_class)
    said = _say(model, matrix[rows.judged(task)], asked.kind)
    chosen = {
        "features": kind,
        "strength": strength,
        "on validation": round(tried[kind, strength], 5),
    }
    return Finding(task, name, said[None].astype(np.float32), chosen, monotonic() - start)


def _fit(
    matrix: Any,  # noqa: ANN401
    labels: Float64[np.ndarray, " row"],
    strength: float,
    is_class: bool,
) -> LogisticRegression | Ridge:
    if not is_class:
        return Ridge(alpha=strength).fit(matrix, labels)
    model = LogisticRegression(C=strength, max_iter=_ITERATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(matrix, labels)


def _say(
    model: LogisticRegression | Ridge,
    matrix: Any,  # noqa: ANN401
    kind: str,
) -> Float64[np.ndarray, " row"]:
    if kind == "binary":
        return model.predict_proba(matrix)[:, 1].astype(np.float64)
    return np.asarray(model.predict(matrix), np.float64)
