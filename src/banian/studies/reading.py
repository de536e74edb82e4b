"""How a task's headline metric reads what is said of the rows that select it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float64

from banian.batches import had_before, pad_lists
from banian.evaluation import measure
from banian.evaluation.outcome import Reading
from banian.examples import GrainExamples
from banian.models import TowerSpec, no_calibration, read_believed
from banian.predictions import fit_bounds


@final
@dataclass(frozen=True, eq=False)
class Jury:
    """The rows that select a task, and what came true of them."""

    tower: TowerSpec
    read: Callable[[Float64[np.ndarray, "row output"]], Reading]
    """From what is said, before calibration, to labels and predictions as the metric takes them; of numbers what is
    believed of these labels."""
    weight: Float64[np.ndarray, " row"]
    """How much each of the rows counts."""

    def judge(self, values: Float64[np.ndarray, "row output"]) -> float:
        """Measure what is said."""
        return measure(self.tower.metric, *self.read(values), self.weight)


def seat_jury(
    rows: GrainExamples, task: str, tower: TowerSpec, chosen: Bool[np.ndarray, " row"]
) -> Jury:
    """Take the labels of the chosen rows."""
    index, at = np.flatnonzero(chosen), rows.tasks.index(task)
    label, level = rows.label[index, at], rows.level[index, at]
    lists = rows.items[task].take(pa.array(index)) if task in rows.items else None
    codes = None if lists is None else pad_lists(lists)
    plain, bounds = no_calibration(tower), fit_bounds(label, level)
    counts = rows.weight_of(task)
    weight = np.ones(len(index)) if counts is None else counts[index].astype(np.float64)
    had = had_before(rows, task)[index] if task in rows.had else None

    def read(values: Float64[np.ndarray, "row output"]) -> Reading:
        answer = plain.apply(values, level)
        if had is not None:
            answer = answer.without(had)
        return read_believed(tower, plain, answer, label, codes, bounds).readings[tower.metric]

    return Jury(tower, read, weight)
