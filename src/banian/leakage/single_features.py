"""Every feature of every grain, scored alone against every task: what predicts too well was hardly known in time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Int

from banian.examples import Examples, GrainExamples, LabelFacts, Roles
from banian.leakage.binary_target import BinaryTarget
from banian.leakage.feature_codes import FeatureCodes, encode_feature
from banian.leakage.feature_score import FeatureScore, score_feature
from banian.leakage.ranked_target import RankedTarget
from banian.leakage.target import NEARLY_ALL, AbstractTarget
from banian.leakage.target_encoding import assign_folds, hash_numbers

MOST_ROWS = 30_000
"""Rows of a grain that are looked at."""
_FEW, _NEARLY_EVERY = 0.002, 0.998
"""Shares of rows with more than the least label between which it is asked who has more."""

FeatureScores = dict[str, dict[str, dict[str, dict[str, FeatureScore]]]]
"""Grain → entity → feature → task → score; a task that had nothing to tell apart is left out."""


@final
@dataclass(frozen=True)
class TaskLabels:
    """The labels of one task, and which of them may be looked at."""

    is_binary: bool
    """Whether labels are 0 and 1; other numbers are ranked."""
    label: Float[np.ndarray, " row"]
    used: Bool[np.ndarray, " row"]
    """Where the label may be looked at."""


def score_single_features(
    examples: Examples, roles: Mapping[str, Roles], facts: Mapping[str, LabelFacts]
) -> FeatureScores:
    """Score every feature on rows that train, never on those of the test.

    `roles` maps each grain to what its labels may be used for, `facts` each task to what its labels are.
    """
    return {
        grain: _score_grain(rows, roles[grain], facts) for grain, rows in examples.grains.items()
    }


def score_columns(
    columns: Iterable[pa.Array | pa.ChunkedArray],
    tasks: Sequence[TaskLabels],
    cluster: Int[np.ndarray, " row"],
    sentences: Collection[int] = (),
) -> list[list[FeatureScore | None]]:
    """Score each column against each task; None where all labels are one.

    `cluster` is the entity of each row, from 0. A text, or a number taken by its values, is scored by the mean label
    that the other folds of entities have with it, so that an id with a row of its own says nothing, unless its
    letters, digits or order do. Of `sentences`, columns at these places, letters are no code: how a message begins may
    tell what it is about, and no more than that was known.

    >>> labels = TaskLabels(True, np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4, bool))
    >>> ((score,),) = score_columns([pa.array([1.0, 2.0, 2.0, None])], [labels], np.arange(4))
    >>> score.value
    0.875
    """
    targets = [_Targets.of(labels, cluster) for labels in tasks]
    return [
        [target and target.score(readings) for target in targets]
        for readings in (
            list(encode_feature(column, is_spelled=at not in sentences))
            for at, column in enumerate(columns)
        )
    ]


def sample_rows(
    used: Bool[np.ndarray, " row"], cluster: Int[np.ndarray, " row"]
) -> Int[np.ndarray, " chosen"]:
    """Choose the rows to look at: all that are used, or whole entities, by hash, until they are 30,000.

    >>> sample_rows(np.array([True, False, True]), np.arange(3)).tolist()
    [0, 2]
    """
    rows = np.flatnonzero(used)
    if len(rows) <= MOST_ROWS:
        return rows
    by_hash = np.argsort(hash_numbers(cluster[rows]), kind="stable")
    return np.sort(rows[by_hash[:MOST_ROWS]])


def _score_grain(
    rows: GrainExamples, roles: Roles, facts: Mapping[str, LabelFacts]
) -> dict[str, dict[str, dict[str, FeatureScore]]]:
    trains = roles.select | roles.refit
    chosen = sample_rows(trains.any(axis=1), rows.cluster)
    labels = [
        _labels_of(facts[task], rows.label[chosen, at], trains[chosen, at])
        for at, task in enumerate(rows.tasks)
    ]
    _, cluster = np.unique(rows.cluster[chosen], return_inverse=True)
    found: dict[str, dict[str, dict[str, FeatureScore]]] = {}
    for entity, seen in rows.entities.items():
        columns = (seen.columns[name].take(chosen) for name in seen.columns.column_names)
        names = enumerate(seen.columns.column_names)
        sentences = {at for at, name in names if seen.contents.get(name) == "text"}
        scores = score_columns(columns, labels, cluster, sentences)
        found[entity] = {
            name: {
                task: score
                for task, score in zip(rows.tasks, by_task, strict=True)
                if score is not None
            }
            for name, by_task in zip(seen.columns.column_names, scores, strict=True)
        }
    return found


def _labels_of(facts: LabelFacts, label: np.ndarray, used: np.ndarray) -> TaskLabels:
    return TaskLabels(*facts.simplify(label, used), used)


@final
@dataclass(frozen=True)
class _Targets:
    """The labels of a task, made ready to be scored against many features."""

    used: Int[np.ndarray, " chosen"]
    fold: Int[np.ndarray, " chosen"]
    main: AbstractTarget
    more: BinaryTarget | None
    """Of a number: whether it is more than its least value, if many labels are that."""

    @staticmethod
    def of(labels: TaskLabels, cluster: Int[np.ndarray, " row"]) -> "_Targets | None":
        used = np.flatnonzero(labels.used)
        label, cluster = labels.label[used], cluster[used]
        if len(used) < 2 or label.min() == label.max():
            return None
        fold = assign_folds(cluster)
        if labels.is_binary:
            return _Targets(used, fold, BinaryTarget(label, cluster), None)
        more = (label > label.min()).astype(np.float64)
        some = BinaryTarget(more, cluster) if _FEW < more.mean() < _NEARLY_EVERY else None
        return _Targets(used, fold, RankedTarget.of(label, cluster), some)

    def score(self, readings: list[FeatureCodes]) -> FeatureScore:
        seen = [reading.take(self.used) for reading in readings]
        found = score_feature(self.main, seen, self.fold)
        if self.more is not None:
            other = score_feature(self.more, seen, self.fold)
            if other.interval[0] >= NEARLY_ALL > found.interval[0]:
                return other
        return found
