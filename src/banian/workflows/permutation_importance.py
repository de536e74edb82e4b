"""Permutation importance: how far a task's metric falls when one raw column is taken from other test rows."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import final

import numpy as np
from jaxtyping import Float, Float64, Int64

from banian.batches import pad_lists
from banian.bundle import Bundle
from banian.evaluation import (
    ColumnImportance,
    TaskImportance,
    higher_is_better,
    measure,
)
from banian.examples import Examples, GrainExamples, RawColumns, Roles, copy_sequences
from banian.features import Origin
from banian.inference import most_outputs, most_rows, name_items, of_candidates
from banian.kinds import build_kind
from banian.leakage import FeatureScore, FeatureScores
from banian.predictions import AbstractCalibration

_PERMUTATIONS = 3
_SHOWN = 8
"""Columns whose fall is measured."""
_MOST_COLUMNS, _FIRST_ROWS = 60, 40
"""Columns that are tried at all, each on so few rows, to see which change the predictions most."""
_MOST_ROWS, _ENOUGH_ROWS, _FEWEST_ROWS = 250, 40, 30
# Each column asks so little that all are a few passes over what was trained on.
_PART_OF_TRAINING = 20
_CELLS = 4_000_000
"""Rows times features that may be asked however little there was to train on: a second or two."""
_ROWS_AT_ONCE = 8_192

_Trial = tuple[Origin | None, Int64[np.ndarray, " row"]]
"""A column, none at first, and the row that each row takes it from."""
_Asked = tuple[Float64[np.ndarray, "row output"], Float[np.ndarray, " row"]]
"""The outputs of each row, and its trailing level."""


def measure_importance(
    bundle: Bundle,
    examples: Examples,
    roles: Mapping[str, Roles],
    features: FeatureScores,
    *,
    seed: int,
) -> dict[str, TaskImportance]:
    """Permute raw columns among a task's test rows, and measure how far its metric falls.

    First up to 60 columns are tried on 40 rows: those whose features say most when they are looked at alone
    (`features`), and those that have no features. Then the eight that change the predictions most are permuted on three
    draws of at most 250 rows, fewer where there was little to train on, so that fit takes at most about a tenth longer.
    A task whose metric is undefined on these rows is left out.
    """
    found = {}
    for grain, rows in examples.grains.items():
        raw = RawColumns(bundle.spec, bundle.types, rows)
        width = raw.width + most_outputs(bundle.grains[grain])
        for at, task in enumerate(rows.tasks):
            generator = np.random.Generator(np.random.PCG64(seed))
            judged = np.flatnonzero(roles[grain].test[:, at] & rows.asked[:, at])
            most = _rows_for(int(roles[grain].refit[:, at].sum()), width)
            if len(judged) < 2:
                continue
            size = min(most, len(judged))
            draws = [generator.permutation(judged)[:size] for _ in range(_PERMUTATIONS)]
            drawn = np.concatenate(draws)
            columns = raw.of_task(task)
            likely = _choose(raw, columns, task, features[grain], most=_columns_for(width))
            trials = _Trials(bundle, task, rows.take(drawn), raw)
            importance = trials.run(trials.narrow(likely, generator), generator)
            if importance is not None:
                others = len(columns) - len(importance.columns)
                found[task] = replace(importance, rows=len(np.unique(drawn)), others=others)
    return found


def _rows_for(trained: int, width: int) -> int:
    """Choose how many rows to permute."""
    asked = (1 + _SHOWN) * _PERMUTATIONS
    enough = min(_ENOUGH_ROWS, max(_FEWEST_ROWS, _CELLS // (asked * width)))
    return min(_MOST_ROWS, max(trained // _PART_OF_TRAINING, enough))


def _columns_for(width: int) -> int:
    """Choose how many columns to try."""
    return min(_MOST_COLUMNS, max(_SHOWN, _CELLS // (_FIRST_ROWS * width)))


def _choose(
    raw: RawColumns,
    columns: tuple[Origin, ...],
    task: str,
    features: Mapping[str, Mapping[str, Mapping[str, FeatureScore]]],
    *,
    most: int,
) -> tuple[Origin, ...]:
    """Choose the columns that say most alone; those without features of their own come first."""
    alone: dict[Origin, float] = {}
    for (entity, name), origin in raw.features.items():
        score = features[entity][name].get(task)
        says = 0.0 if score is None else _skill(score)
        alone[origin] = max(alone.get(origin, 0.0), says)
    return tuple(sorted(columns, key=lambda column: -alone.get(column, math.inf))[:most])


def _skill(score: FeatureScore) -> float:
    return 2 * score.value - 1 if score.measure == "auc" else score.value


@final
class _Trials:
    """Predictions of one task's rows, several draws of them behind each other, with columns permuted."""

    def __init__(self, bundle: Bundle, task: str, rows: GrainExamples, raw: RawColumns) -> None:
        self._bundle, self._task, self._rows, self._raw = bundle, task, copy_sequences(rows), raw
        self._tower = bundle.grains[rows.grain].tasks[task]
        self._kind = build_kind(self._tower.kind)
        self._at = rows.tasks.index(task)
        self._named = name_items(bundle, self._rows)
        counts = rows.weight_of(task)
        self._weight = np.ones(len(rows)) if counts is None else counts
        self._codes = pad_lists(rows.items[task]) if task in rows.items else None

    def narrow(
        self, columns: tuple[Origin, ...], generator: np.random.Generator
    ) -> tuple[Origin, ...]:
        """Keep the columns whose permutation changes the predictions of a few rows most."""
        if len(columns) <= _SHOWN:
            return columns
        few = self._rows.take(np.arange(min(_FIRST_ROWS, len(self._rows))))
        other = generator.permutation(len(few))
        trials: list[_Trial] = [(None, np.arange(len(few))), *((one, other) for one in columns)]
        plain, *moved = (values for values, _ in self._ask_all(few, trials))
        change = [np.abs(values - plain).sum() for values in moved]
        order = sorted(zip(change, columns, strict=True), key=lambda one: -one[0])
        return tuple(column for _, column in order[:_SHOWN])

    def run(
        self, columns: tuple[Origin, ...], generator: np.random.Generator
    ) -> TaskImportance | None:
        """Measure each column on every draw; None where the metric is undefined."""
        count = len(self._rows)
        size = count // _PERMUTATIONS
        starts = range(0, count, size)
        other = np.concatenate([start + generator.permutation(size) for start in starts])
        trials: list[_Trial] = [(None, np.arange(count)), *((one, other) for one in columns)]
        calibration = self._bundle.calibrations[self._task]
        value, *moved = (
            self._measure(values, level, calibration)
            for values, level in self._ask_all(self._rows, trials)
        )
        same = self._bundle.constant(self._task)
        plain = self._kind.plain_calibration(self._tower)
        constant = self._measure(np.broadcast_to(same, (count, len(same))), np.zeros(count), plain)
        if not np.isfinite([value, constant]).all():
            return None
        sign = 1.0 if higher_is_better(self._tower.metric) else -1.0
        skill = sign * float((value - constant).mean())
        found = [
            ColumnImportance.of(column.table, column.column, sign * (value - reached), skill)
            for column, reached in zip(columns, moved, strict=True)
            if np.isfinite(reached).all()
        ]
        return TaskImportance(
            metric=self._tower.metric,
            value=float(value.mean()),
            constant=float(constant.mean()),
            rows=count,
            permutations=_PERMUTATIONS,
            columns=tuple(sorted(found, key=lambda one: -one.fall)),
        )

    def _ask_all(self, rows: GrainExamples, trials: list[_Trial]) -> Iterator[_Asked]:
        """Ask under each trial; several at once, since to ask takes longer than a few rows more."""
        count = len(rows)
        some = max(1, min(_ROWS_AT_ONCE, most_rows(self._bundle.grains[rows.grain])) // count)
        for start in range(0, len(trials), some):
            chunk = trials[start : start + some]
            stacked = rows.take(np.tile(np.arange(count), len(chunk)))
            taken: dict[Origin, Int64[np.ndarray, " row"]] = {}
            for place, (column, index) in enumerate(chunk):
                if column is not None:
                    whole = taken.setdefault(column, np.arange(len(stacked)))
                    whole[place * count : (place + 1) * count] = place * count + index
            told = self._raw.permute(stacked, taken)
            values = self._bundle.predict(name_items(self._bundle, told), (self._task,))
            for place in range(len(chunk)):
                here = slice(place * count, (place + 1) * count)
                yield values[self._task][here], told.level[here, self._at]

    def _measure(
        self,
        values: Float64[np.ndarray, "row output"],
        level: Float[np.ndarray, " row"],
        calibration: AbstractCalibration,
    ) -> Float64[np.ndarray, " draw"]:
        """Measure each draw."""
        metric, size = self._tower.metric, len(values) // _PERMUTATIONS
        answer = of_candidates(calibration.apply(values, level), self._named, self._task)
        label = self._rows.label[:, self._at]
        outcome = self._kind.read_outcome(self._tower, calibration, answer, label, self._codes)
        truth, said = outcome.readings[metric]
        draws = [slice(start, start + size) for start in range(0, len(values), size)]
        return np.array([measure(metric, truth[d], said[d], self._weight[d]) for d in draws])
