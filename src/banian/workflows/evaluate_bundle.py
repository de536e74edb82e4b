"""Evaluate a bundle on test rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa

from banian.batches import pad_lists
from banian.bundle import Bundle
from banian.evaluation import Outcome, TaskScore, evaluate
from banian.examples import Examples, GrainExamples, Roles
from banian.inference import (
    answer_rows,
    cut_rows,
    name_items,
    of_candidates,
    to_predictions,
)
from banian.kinds import build_kind
from banian.predictions import Answer, Predictions, chain_predictions, stack_predictions
from banian.workflows.label_table import LabelTable


@final
@dataclass(frozen=True)
class BundleEvaluation:
    """The scores of a bundle on test rows, with predictions and labels of these."""

    scores: dict[str, TaskScore]
    """Task → its metrics."""
    predictions: dict[str, Predictions]
    """Predictions of the test rows."""
    labels: dict[str, LabelTable]
    """Beside them, their labels."""

    def to_arrow(self, tasks: Iterable[str]) -> pa.Table:
        """Stack the predictions of these tasks, with their labels beside them."""
        order = tuple(tasks)
        table = stack_predictions([self.predictions[task] for task in order])
        for name, column in LabelTable.stack([self.labels[task] for task in order]).items():
            table = table.append_column(name, column)
        return table


def evaluate_bundle(
    bundle: Bundle, examples: Examples, roles: Mapping[str, Roles], *, seed: int
) -> BundleEvaluation:
    """Predict the test rows as `predict` would, and score them beside the constant of the training rows."""
    parts: dict[str, list[_Part]] = {}
    for grain, rows in examples.grains.items():
        role = roles[grain]
        tests = np.flatnonzero(role.test.any(axis=1))
        at = 0
        for part in cut_rows(bundle.grains[grain], rows, tests):
            judged = role.test[tests[at : at + len(part)]]
            at += len(part)
            for task, found in answer_rows(bundle, part).items():
                parts.setdefault(task, []).append(_evaluate_part(bundle, task, part, judged, found))
    scores = {}
    for rows in examples.grains.values():
        for task in rows.tasks:
            tower = bundle.grains[rows.grain].tasks[task]
            scores[task] = evaluate(
                tower.kind,
                tower.metric,
                Outcome.chain([part.said for part in parts[task]]),
                Outcome.chain([part.same for part in parts[task]]),
                np.concatenate([part.cluster for part in parts[task]]),
                weight=_chain([part.weight for part in parts[task]]),
                seed=seed,
            )
    return BundleEvaluation(
        scores,
        {task: chain_predictions([p.predictions for p in found]) for task, found in parts.items()},
        {task: LabelTable.chain([p.labels for p in found]) for task, found in parts.items()},
    )


@final
@dataclass(frozen=True, eq=False)
class _Part:
    """One task's test rows, as many as fit into memory at once."""

    predictions: Predictions
    labels: LabelTable
    said: Outcome
    same: Outcome
    cluster: np.ndarray
    weight: np.ndarray | None


def _chain(weights: list[np.ndarray | None]) -> np.ndarray | None:
    known = [weight for weight in weights if weight is not None]
    return np.concatenate(known) if known else None


def _evaluate_part(
    bundle: Bundle, task: str, rows: GrainExamples, judged: np.ndarray, found: Answer
) -> _Part:
    at = rows.tasks.index(task)
    tower = bundle.grains[rows.grain].tasks[task]
    asked = np.flatnonzero(rows.asked[:, at])
    known = np.flatnonzero(judged[:, at] & rows.asked[:, at])
    label = rows.label[known, at]
    lists = rows.items[task].take(pa.array(known)) if task in rows.items else None
    codes = None if lists is None else pad_lists(lists)
    constant, counts = bundle.constant(task), rows.weight_of(task)
    kind = build_kind(tower.kind)
    plain = kind.plain_calibration(tower)
    same = plain.apply(np.broadcast_to(constant, (len(known), len(constant))), np.zeros(len(known)))
    same = of_candidates(same, name_items(bundle, rows.without_features().take(known)), task)
    calibration, here = bundle.calibrations[task], found.take(known)
    return _Part(
        predictions=to_predictions(tower, task, rows, asked, found.take(asked)),
        labels=LabelTable.of(tower, rows, at, asked, judged[asked, at], found),
        said=kind.read_outcome(tower, calibration, here, label, codes),
        same=kind.read_outcome(tower, plain, same, label, codes),
        cluster=rows.cluster[known],
        weight=None if counts is None else counts[known],
    )
