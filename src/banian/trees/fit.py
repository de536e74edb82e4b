"""Growing trees for one task: a modest search with early stopping, then as many again on all that had matured."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, final

import lightgbm as lgb
import numpy as np
from jaxtyping import Bool, Float64

from banian.evaluation import higher_is_better
from banian.examples import GrainExamples
from banian.trees.columns import TreeColumns, fit_columns
from banian.trees.cores import side_by_side, threads_for
from banian.trees.search import GrowingTrees, find_best
from banian.trees.target import Target, possible_targets
from banian.trees.trees import Trees

_ALWAYS: dict[str, Any] = {
    "learning_rate": 0.05,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
    "verbosity": -1,
}
_GRID: dict[str, tuple[Any, ...]] = {
    "num_leaves": (7, 31),
    "min_data_in_leaf": (20, 100),
    "feature_fraction": (0.4, 0.8),
}
_MOST_ROUNDS = 1500
_MOST_TREES = 6000  # a round of several classes grows a tree for each
_STEP_OF_CLASSES = 0.1

Judge = Callable[[Float64[np.ndarray, "row output"]], float]
"""From what is said of the rows that select to the headline metric."""


@final
@dataclass(frozen=True)
class TreesPlan:
    """What the search chose for a task."""

    target: Target
    settings: dict[str, Any]
    rounds: int
    score: float
    """The headline metric on the validation rows."""
    valid: Float64[np.ndarray, "row output"]
    """What the trees say of the rows that have validation labels."""


def plan_trees(
    rows: GrainExamples,
    task: str,
    target: Target,
    training: Bool[np.ndarray, " row"],
    valid: Bool[np.ndarray, " row"],
    judge: Judge,
    *,
    seed: int,
    cores: int,
) -> TreesPlan:
    """Try eight settings, each for every way to learn the task, and keep the best on the validation rows.

    Shapes: `training` and `valid` mark the rows of the grain whose labels train and select; `judge` gives the headline
    metric of what is said of the latter.
    Raises: ValueError where either marks no row.
    """
    if not training.any() or not valid.any():
        raise ValueError(f"task {task!r} needs labels that train and labels that select")
    threads = threads_for(int(training.sum()), cores)
    columns = fit_columns(rows, training)
    known, judged = _Labelled(rows, task, columns, training), _Labelled(rows, task, columns, valid)
    targets = possible_targets(target, known.label, known.level, known.weight)
    found = [_search(each, known, judged, judge, seed, threads, cores) for each in targets]
    sign = 1 if higher_is_better(target.metric) else -1
    return max(found, key=lambda plan: sign * plan.score)


def grow_trees(
    rows: GrainExamples,
    task: str,
    plan: TreesPlan,
    training: Bool[np.ndarray, " row"],
    *,
    seed: int,
    threads: int,
) -> Trees:
    """Grow what was planned on these rows."""
    columns = fit_columns(rows, training)
    known = _Labelled(rows, task, columns, training)
    booster = lgb.train(
        plan.settings | _objective(plan.target, seed, threads),
        known.to_dataset(plan.target),
        num_boost_round=plan.rounds,
    )
    return Trees(task, booster, columns, plan.target)


@final
class _Labelled:
    """The rows of a task whose labels have one use."""

    def __init__(
        self, rows: GrainExamples, task: str, columns: TreeColumns, chosen: Bool[np.ndarray, " row"]
    ) -> None:
        index, at = np.flatnonzero(chosen), rows.tasks.index(task)
        self.columns = columns
        self.matrix = columns.to_matrix(rows, index)
        self.label, self.level = rows.label[index, at], rows.level[index, at]
        counts = rows.weight_of(task)
        self.weight = None if counts is None else counts[index] / counts[index].mean()

    def to_dataset(self, target: Target, reference: lgb.Dataset | None = None) -> lgb.Dataset:
        return lgb.Dataset(
            self.matrix,
            target.label(self.label, self.level),
            weight=target.weight(self.level, self.weight),
            init_score=target.start(self.level),
            reference=reference,
            feature_name=[f"f{at}" for at in range(self.matrix.shape[1])],
            categorical_feature=list(range(len(self.columns.numbers), self.matrix.shape[1])),
            params={"verbosity": -1, "feature_pre_filter": False},
            free_raw_data=False,
        )


def _settings() -> Iterator[dict[str, Any]]:
    for values in product(*_GRID.values()):
        yield _ALWAYS | dict(zip(_GRID, values, strict=True))


def _objective(target: Target, seed: int, threads: int) -> dict[str, Any]:
    chosen: dict[str, Any] = {
        "objective": target.objective,
        "seed": seed,
        "num_threads": threads,
        "metric": "none",
    }
    if target.objective == "multiclass":
        chosen |= {"num_class": target.classes, "learning_rate": _STEP_OF_CLASSES}
    if target.quantile is not None:
        chosen["alpha"] = target.quantile
    return chosen


def _rate(target: Target, judged: _Labelled, judge: Judge, predicted: np.ndarray) -> float:
    """Say how good predictions of LightGBM are; the higher the better."""
    value = target.read_predictions(_by_class(predicted, judged), judged.level)
    return judge(value) if higher_is_better(target.metric) else -judge(value)


def _by_class(
    score: Float64[np.ndarray, "*shape"], judged: _Labelled
) -> Float64[np.ndarray, "row class"]:
    return score.reshape(len(judged.label), -1)


def _search(
    target: Target,
    known: _Labelled,
    judged: _Labelled,
    judge: Judge,
    seed: int,
    threads: int,
    cores: int,
) -> TreesPlan:
    """Search the settings for one way to learn the task: some ways are ahead of others early, and behind in the end."""
    settings = [*_settings()]
    binned = known.to_dataset(target).construct()
    held = judged.to_dataset(target, binned).construct()
    place, trees = find_best(
        [
            partial(
                GrowingTrees,
                one | _objective(target, seed, threads),
                binned,
                held,
                partial(_rate, target, judged, judge),
                most=min(_MOST_ROUNDS, max(_MOST_TREES // target.classes, 1)),
            )
            for one in settings
        ],
        at_once=side_by_side(threads, cores),
    )
    value = target.to_values(_by_class(trees.predict(judged.matrix), judged), judged.level)
    return TreesPlan(target, settings[place], trees.rounds, judge(value), value)
