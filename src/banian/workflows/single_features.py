"""Every feature of every grain, scored alone against every task."""

from collections.abc import Mapping

import numpy as np

from banian.evaluation import FeatureScore, Question, sample_rows, score_features
from banian.examples import Examples, GrainExamples, Roles
from banian.spec import Kind

FeatureScores = dict[str, dict[str, dict[str, dict[str, FeatureScore]]]]
"""Grain → entity → feature → task → score; a task that had nothing to tell apart is left out."""


def score_single_features(
    examples: Examples, roles: Mapping[str, Roles], kinds: Mapping[str, Kind]
) -> FeatureScores:
    """Score on rows that train, never on those that judge."""
    return {
        grain: _score_grain(rows, roles[grain], kinds) for grain, rows in examples.grains.items()
    }


def _question(kind: Kind, label: np.ndarray, used: np.ndarray) -> Question:
    if kind == "multiclass" and used.any():  # codes have no order: is it the most frequent class?
        classes, counts = np.unique(label[used], return_counts=True)
        label = (label == classes[counts.argmax()]).astype(np.float64)
    is_truth = kind in ("binary", "multiclass")
    if kind == "uplift":
        is_truth = bool(np.isin(label[used], (0.0, 1.0)).all())
    return Question(is_truth, label, used)


def _score_grain(
    rows: GrainExamples, roles: Roles, kinds: Mapping[str, Kind]
) -> dict[str, dict[str, dict[str, FeatureScore]]]:
    trains = roles.select | roles.refit
    chosen = sample_rows(trains.any(axis=1), rows.cluster)
    questions = [
        _question(kinds[task], rows.label[chosen, at], trains[chosen, at])
        for at, task in enumerate(rows.tasks)
    ]
    _, cluster = np.unique(rows.cluster[chosen], return_inverse=True)
    found: dict[str, dict[str, dict[str, FeatureScore]]] = {}
    for entity, seen in rows.entities.items():
        columns = (seen.columns[name].take(chosen) for name in seen.columns.column_names)
        scores = score_features(columns, questions, cluster)
        found[entity] = {
            name: {
                task: score
                for task, score in zip(rows.tasks, by_task, strict=True)
                if score is not None
            }
            for name, by_task in zip(seen.columns.column_names, scores, strict=True)
        }
    return found
