"""Calibrate a fitted model on rows kept aside, and judge it on test rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa

from banian.bundle import Bundle
from banian.evaluation import TaskScore, evaluate
from banian.examples import Examples, GrainExamples, Roles
from banian.predictions import (
    LABEL,
    Calibration,
    Predictions,
    fit_calibration,
    log_odds,
    stack_predictions,
)
from banian.workflows.answer import answer


@final
@dataclass(frozen=True)
class Judgement:
    """What the test rows say."""

    scores: dict[str, TaskScore]
    predictions: dict[str, Predictions]
    """Predictions of the test rows."""
    labels: dict[str, np.ndarray]
    """Beside them, the label that judged each; NaN where it is not known."""

    def to_arrow(self, tasks: Iterable[str]) -> pa.Table:
        """Stack the predictions of these tasks, with the labels beside them."""
        order = tuple(tasks)
        labels = np.concatenate([self.labels[task] for task in order])
        table = stack_predictions([self.predictions[task] for task in order])
        return table.append_column(LABEL, pa.array(labels, mask=np.isnan(labels)))


def calibrate(
    bundle: Bundle, examples: Examples, roles: Mapping[str, Roles]
) -> dict[str, Calibration]:
    """Fit each binary task's calibration on the rows that the refit did not see, by what serves the task."""
    fitted = {}
    for grain, rows in examples.grains.items():
        towers = bundle.grains[grain].tasks
        binary = tuple(task for task, tower in towers.items() if tower.kind == "binary")
        if not binary:
            continue
        kept = np.flatnonzero(roles[grain].calibration.any(axis=1))
        values = bundle.predict(rows.take(kept), binary)
        for task in binary:
            at = rows.tasks.index(task)
            known = roles[grain].calibration[kept, at]
            logit = log_odds(values[task][known, 0])
            fitted[task] = fit_calibration(logit, rows.label[kept[known], at])
    return fitted


def judge(
    bundle: Bundle, examples: Examples, roles: Mapping[str, Roles], *, seed: int
) -> Judgement:
    """Predict the test rows as `predict` would, and score them beside the constant of the training rows."""
    scores, predictions, labels = {}, {}, {}
    for grain, rows in examples.grains.items():
        role = roles[grain]
        tests = np.flatnonzero(role.test.any(axis=1))
        test_rows = rows.take(tests)
        answers = answer(bundle, Examples({grain: test_rows}, examples.until))
        for at, task in enumerate(rows.tasks):
            asked = np.flatnonzero(test_rows.asked[:, at])
            known = role.test[tests, at][asked]
            scores[task] = _score(bundle, task, test_rows, at, asked, answers[task], known, seed)
            predictions[task] = answers[task]
            labels[task] = np.where(known, test_rows.label[asked, at], np.nan)
    return Judgement(scores, predictions, labels)


def _score(
    bundle: Bundle,
    task: str,
    rows: GrainExamples,
    at: int,
    asked: np.ndarray,
    said: Predictions,
    known: np.ndarray,
    seed: int,
) -> TaskScore:
    tower = bundle.grains[rows.grain].tasks[task]
    is_binary = tower.kind == "binary"
    return evaluate(
        tower.kind,
        tower.metric,
        rows.label[asked[known], at],
        said.value[known],
        rows.cluster[asked[known]],
        bundle.constant(task),
        bundle.calibrations[task].threshold if is_binary else None,
        seed=seed,
    )
