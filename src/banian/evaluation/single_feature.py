"""How well each feature alone predicts a label: what does so too well was hardly known when the row asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Int

from banian.evaluation.feature_codes import FeatureCodes, read_feature
from banian.evaluation.feature_score import NEARLY_ALL, FeatureScore, score_readings
from banian.evaluation.fold_means import folds_of, hash_of
from banian.evaluation.single_auc import Classes
from banian.evaluation.single_correlation import Ranks

MOST_ROWS = 30_000


@final
@dataclass(frozen=True)
class Question:
    """The labels of one task, on the rows that may be looked at."""

    is_binary: bool
    label: Float[np.ndarray, " row"]
    used: Bool[np.ndarray, " row"]
    """Where the label may be looked at."""


def score_features(
    columns: Iterable[pa.Array | pa.ChunkedArray],
    questions: Sequence[Question],
    cluster: Int[np.ndarray, " row"],
) -> list[list[FeatureScore | None]]:
    """Score each column by each question; None where there is nothing to tell apart.

    A text, or a number taken by its values, is scored by the mean label that the other folds of entities have with it,
    so that an id with a row of its own says nothing, unless its letters, digits or order do.

    >>> question = Question(True, np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4, bool))
    >>> ((score,),) = score_features([pa.array([1.0, 2.0, 2.0, None])], [question], np.arange(4))
    >>> score.value
    0.875
    """
    targets = [_Target.of(question, cluster) for question in questions]
    return [
        [target and target.score(readings) for target in targets]
        for readings in (list(read_feature(column)) for column in columns)
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
    by_hash = np.argsort(hash_of(cluster[rows]), kind="stable")
    return np.sort(rows[by_hash[:MOST_ROWS]])


@final
@dataclass(frozen=True)
class _Target:
    """A question, ready to be asked of many features."""

    used: Int[np.ndarray, " chosen"]
    fold: Int[np.ndarray, " chosen"]
    main: Classes | Ranks
    any: Classes | None
    """Of a number: whether it is more than its smallest value, if many labels have that."""

    @staticmethod
    def of(question: Question, cluster: Int[np.ndarray, " row"]) -> "_Target | None":
        used = np.flatnonzero(question.used)
        label, cluster = question.label[used], cluster[used]
        if len(used) < 2 or label.min() == label.max():
            return None
        fold = folds_of(cluster)
        if question.is_binary:
            return _Target(used, fold, Classes(label, cluster), None)
        more = (label > label.min()).astype(np.float64)
        some = Classes(more, cluster) if 0.002 < more.mean() < 0.998 else None
        return _Target(used, fold, Ranks.of(label, cluster), some)

    def score(self, readings: list[FeatureCodes]) -> FeatureScore:
        seen = [reading.take(self.used) for reading in readings]
        found = score_readings(self.main, seen, self.fold)
        if self.any is not None:
            other = score_readings(self.any, seen, self.fold)
            if other.interval[0] >= NEARLY_ALL > found.interval[0]:
                return other
        return found
