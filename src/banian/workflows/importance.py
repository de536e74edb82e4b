"""Which raw columns each task leans on: one column at a time is taken from other test rows, and the metric falls."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import final

import numpy as np
from jaxtyping import Float64, Int64

from banian.batches import pad_lists
from banian.bundle import Bundle
from banian.evaluation import (
    ColumnImportance,
    FeatureScore,
    TaskImportance,
    higher_is_better,
    measure,
)
from banian.examples import Examples, GrainExamples, Origin, RawColumns, Roles, detach
from banian.models import Grain, no_calibration, read_outcome
from banian.predictions import AbstractCalibration
from banian.workflows.answer import most_rows, name_items
from banian.workflows.single_features import FeatureScores

_MOST_ROWS = 500
_MOST_COLUMNS = 60
_PERMUTATIONS = 3
_ROWS_AT_ONCE = 8_192

_Trial = tuple[Origin | None, Int64[np.ndarray, " row"]]
"""A column, none at first, and the row that each row takes it from."""


def measure_importance(
    bundle: Bundle,
    examples: Examples,
    roles: Mapping[str, Roles],
    features: FeatureScores,
    *,
    seed: int,
) -> dict[str, TaskImportance]:
    """Permute each raw column among a task's test rows, and measure how far its metric falls.

    At most 500 rows are drawn, and at most 60 columns are tried: those whose features say most when they are looked at
    alone (`features`), and those that have none. A task whose metric is undefined on these rows is left out.
    """
    found = {}
    for grain, rows in examples.grains.items():
        raw = RawColumns(bundle.spec, bundle.types, rows)
        for at, task in enumerate(rows.tasks):
            generator = np.random.Generator(np.random.PCG64(seed))
            judged = np.flatnonzero(roles[grain].test[:, at] & rows.asked[:, at])
            if len(judged) > _MOST_ROWS:
                judged = np.sort(generator.choice(judged, _MOST_ROWS, replace=False))
            columns, untried = _choose(raw, task, features[grain])
            trials = _Trials(bundle, task, rows.take(judged), raw)
            importance = trials.run(columns, generator) if len(judged) > 1 else None
            if importance is not None:
                found[task] = replace(importance, untried=untried)
    return found


def _choose(
    raw: RawColumns, task: str, features: Mapping[str, Mapping[str, Mapping[str, FeatureScore]]]
) -> tuple[tuple[Origin, ...], int]:
    """Choose the columns to try, and count the others."""
    alone: dict[Origin, float] = {}
    for (entity, name), origin in raw.features.items():
        score = features[entity][name].get(task)
        says = 0.0 if score is None else _skill(score)
        alone[origin] = max(alone.get(origin, 0.0), says)
    columns = raw.of_task(task)
    ordered = sorted(columns, key=lambda column: -alone.get(column, math.inf))
    kept = set(ordered[:_MOST_COLUMNS])
    return tuple(column for column in columns if column in kept), len(columns) - len(kept)


def _skill(score: FeatureScore) -> float:
    return 2 * score.value - 1 if score.measure == "auc" else score.value


@final
class _Trials:
    """One task's rows, asked again and again."""

    def __init__(self, bundle: Bundle, task: str, rows: GrainExamples, raw: RawColumns) -> None:
        self._bundle, self._task, self._rows, self._raw = bundle, task, detach(rows), raw
        self._tower = bundle.grains[rows.grain].tasks[task]
        self._at = rows.tasks.index(task)
        self._codes = pad_lists(rows.items[task]) if task in rows.items else None

    def run(
        self, columns: tuple[Origin, ...], generator: np.random.Generator
    ) -> TaskImportance | None:
        """Measure each column; nothing where the metric is undefined."""
        count = len(self._rows)
        others = [generator.permutation(count) for _ in range(_PERMUTATIONS)]
        trials: list[_Trial] = [(None, np.arange(count))]
        trials += [(column, other) for column in columns for other in others]
        value, *fallen = self._measure_all(trials)
        plain, constant = no_calibration(self._tower), self._bundle.constant(self._task)
        constant = self._measure(
            np.broadcast_to(constant, (count, len(constant))), np.zeros(count), plain
        )
        if not math.isfinite(value) or not math.isfinite(constant):
            return None
        sign = 1.0 if higher_is_better(self._tower.metric) else -1.0
        falls = sign * (value - np.array(fallen).reshape(len(columns), _PERMUTATIONS))
        found = [
            ColumnImportance.of(column.table, column.column, fall, sign * (value - constant))
            for column, fall in zip(columns, falls, strict=True)
            if np.isfinite(fall).all()
        ]
        order = tuple(sorted(found, key=lambda one: -one.fall))
        return TaskImportance(self._tower.metric, value, constant, count, _PERMUTATIONS, order)

    def _measure_all(self, trials: list[_Trial]) -> Iterator[float]:
        """Measure trials; several are asked at once, since to ask takes longer than a few rows more."""
        count = len(self._rows)
        some = max(1, min(_ROWS_AT_ONCE, most_rows(self._grain)) // count)
        for start in range(0, len(trials), some):
            chunk = trials[start : start + some]
            stacked = self._rows.take(np.tile(np.arange(count), len(chunk)))
            taken: dict[Origin, Int64[np.ndarray, " row"]] = {}
            for place, (column, index) in enumerate(chunk):
                if column is not None:
                    whole = taken.setdefault(column, np.arange(len(stacked)))
                    whole[place * count : (place + 1) * count] = place * count + index
            told = self._raw.exchange(stacked, taken)
            values = self._bundle.predict(name_items(self._bundle, told), (self._task,))
            for place in range(len(chunk)):
                here = slice(place * count, (place + 1) * count)
                yield self._measure(
                    values[self._task][here],
                    told.level[here, self._at],
                    self._bundle.calibrations[self._task],
                )

    def _measure(
        self,
        values: Float64[np.ndarray, "row output"],
        level: Float64[np.ndarray, " row"],
        calibration: AbstractCalibration,
    ) -> float:
        answer, label = calibration.apply(values, level), self._rows.label[:, self._at]
        outcome = read_outcome(self._tower, calibration, answer, label, self._codes)
        metric = self._tower.metric
        return measure(metric, *outcome.readings[metric], np.ones(len(label)))

    @property
    def _grain(self) -> Grain:
        return self._bundle.grains[self._rows.grain]
