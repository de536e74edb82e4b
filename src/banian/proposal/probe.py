"""A quick answer to whether a task can be learned: ridge regression on ranks, tried on later rows."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float

from banian.evaluation import measure
from banian.evaluation.bootstrap import draw_metric, percentiles
from banian.examples import GrainExamples
from banian.kinds import ProbeMetric, build_kind
from banian.leakage import FOLDS, assign_folds
from banian.proposal.design_matrix import centred_ranks
from banian.spec import Kind

_FEWEST, _SCREENED, _SHRINKAGE = 50, 60, 0.01
_BINS, _ROWS_OF_BIN, _PRIOR, _DRAWS = 20, 60, 5.0, 200
_MANY = 8
"""Up to so many different instants each is a period of its own."""
_PARTS = (0.4, 0.6, 0.8)
"""Where there are more, shares of the rows at which periods begin."""
Fold = tuple[Bool[np.ndarray, " row"], Bool[np.ndarray, " row"]]
"""Which rows train, and which are tested."""


@final
@dataclass(frozen=True)
class ProbeScore:
    """How much better than a constant a quick model is, on rows that it was not fitted on."""

    metric: ProbeMetric
    value: float
    constant: float
    """The metric of the best constant, or of the most popular items."""
    skill: float
    """Share of the constant's error that is gone: 0 is the constant, 1 is perfect."""
    interval: tuple[float, float]
    """95 % of the skill, over entities."""
    rows: int
    """Rows that it was tried on."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values; what is undefined is None."""
        tree = {n: None if v != v else v for n, v in asdict(self).items()}
        ends = [None if math.isnan(end) else end for end in self.interval]
        return tree | {"interval": ends}


def probe(
    rows: GrainExamples, task: int, kind: Kind, design: Float[np.ndarray, "row column"]
) -> ProbeScore | None:
    """Fit on rows whose labels had matured, predict later rows, compare with a constant; None where rows are too few.

    `task` is the number of the task among those of the grain, `design` the matrix of `build_design`.
    """
    label, of_kind = rows.label[:, task], build_kind(kind)
    _, label = of_kind.labels.simplify(label, ~np.isnan(label))
    metric = of_kind.probe_metric
    truths, answers, constants, clusters = [], [], [], []
    inputs = np.column_stack([design, centred_ranks(rows.level[:, task])])
    for trains, tested in split_folds(rows, task):
        if min(trains.sum(), tested.sum()) < _FEWEST or np.ptp(label[trains]) == 0:
            continue
        answer, constant = _answer(inputs, label, trains, tested, metric)
        truths.append(label[tested])
        answers.append(answer)
        constants.append(np.full(len(answer), constant))
        clusters.append(rows.cluster[tested])
    if not truths:
        return None
    return _score(metric, *map(np.concatenate, (truths, answers, constants, clusters)))


def split_folds(rows: GrainExamples, task: int) -> Iterator[Fold]:
    """Split by time: a row trains if its label had matured when the tested ones ask; without time, by entity."""
    known, asked = rows.mask[:, task], rows.cutoff
    if np.isnat(asked).all():
        fold = assign_folds(rows.cluster)
        for at in range(FOLDS):
            yield known & (fold != at), known & (fold == at)
        return
    for start, end in _periods(asked[known]):
        trains = known & (asked < start) & (rows.matured_at[:, task] <= start)
        yield trains, known & (asked >= start) & (asked < end)


def _periods(asked: np.ndarray) -> Iterator[tuple[np.datetime64, np.datetime64]]:
    moments = np.unique(asked)
    if len(moments) > _MANY:  # rows ask at their own times
        ordered = np.sort(asked)
        moments = np.unique(ordered[[int(part * len(ordered)) for part in (0.0, *_PARTS)]])
    ends = [*moments[2:], np.datetime64("9999-01-01", "us")]
    yield from zip(moments[1:], ends, strict=False)


def _answer(
    inputs: Float[np.ndarray, "row column"],
    label: Float[np.ndarray, " row"],
    trains: Bool[np.ndarray, " row"],
    tested: Bool[np.ndarray, " row"],
    metric: ProbeMetric,
) -> tuple[Float[np.ndarray, " tested"], float]:
    known, truth = inputs[trains].astype(np.float64), label[trains]
    target = truth if metric == "auc" else centred_ranks(truth)
    target = target - target.mean()
    middle, spread = known.mean(axis=0), known.std(axis=0)
    telling = np.abs((known - middle).T @ target) / np.where(spread > 0, spread, np.inf)
    best = np.argsort(-telling, kind="stable")[:_SCREENED]
    known = known[:, best] - middle[best]
    shrinkage = _SHRINKAGE * len(known) * np.eye(len(best))
    weights = np.linalg.solve(known.T @ known + shrinkage, known.T @ target)
    score = (inputs[tested][:, best] - middle[best]) @ weights
    if metric == "auc":
        return score, float(truth.mean())
    return _as_numbers(known @ weights, truth, score, metric)


def _as_numbers(
    known: Float[np.ndarray, " trained"],
    truth: Float[np.ndarray, " trained"],
    score: Float[np.ndarray, " tested"],
    metric: ProbeMetric,
) -> tuple[Float[np.ndarray, " tested"], float]:
    """Turn scores into labels: those of the training rows with such ranks, their median for mae, else their mean.

    Gives the predictions and the constant.
    """
    bins = max(2, min(_BINS, len(truth) // _ROWS_OF_BIN))
    place, asked = (((centred_ranks(one) + 0.5) * bins).astype(int) for one in (known, score))
    overall = float(np.median(truth) if metric == "mae" else truth.mean())
    of_bin = np.full(bins, overall)
    for at in np.unique(place):
        inside = truth[place == at]
        mean = (inside.sum() + _PRIOR * overall) / (len(inside) + _PRIOR)
        of_bin[at] = np.median(inside) if metric == "mae" else mean
    return of_bin[asked], overall


def _score(
    metric: ProbeMetric,
    truth: np.ndarray,
    answer: np.ndarray,
    constant: np.ndarray,
    cluster: np.ndarray,
) -> ProbeScore:
    assert metric != "recall"
    weight = np.ones(len(truth))
    base = 0.5 if metric == "auc" else measure(metric, truth, constant, weight)
    value = measure(metric, truth, answer, weight)
    drawn, same = draw_metric(metric, truth, [answer, constant], cluster, resamples=_DRAWS, seed=0)
    if metric == "auc":
        skills, skill = 2 * drawn - 1, 2 * value - 1
    else:
        skills = 1 - np.divide(drawn, same, out=np.full(len(same), np.nan), where=same > 0)
        skill = 1 - value / base if base > 0 else math.nan
    return ProbeScore(metric, value, base, skill, percentiles(skills, 0.95), len(truth))
