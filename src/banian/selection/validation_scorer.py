"""How a task's headline metric scores uncalibrated outputs on its validation rows."""

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
from banian.kinds import TowerState, build_kind
from banian.predictions import fit_bounds


@final
@dataclass(frozen=True, eq=False)
class ValidationScorer:
    """The labels of the rows that select a task, and what its metric makes of outputs for them."""

    tower: TowerState
    """Kind and metric of the task."""
    read: Callable[[Float64[np.ndarray, "row output"]], Reading]
    """From outputs before calibration to labels and predictions as the metric takes them.

    Numbers, labels as well as outputs, are clipped to the bounds of what is believed of these labels.
    """
    weight: Float64[np.ndarray, " row"]
    """How much each of the rows counts."""

    def score(self, values: Float64[np.ndarray, "row output"]) -> float:
        """Compute the metric of outputs."""
        return measure(self.tower.metric, *self.read(values), self.weight)


def build_scorer(
    rows: GrainExamples, task: str, tower: TowerState, chosen: Bool[np.ndarray, " row"]
) -> ValidationScorer:
    """Take the labels, levels and weights of the chosen rows of a grain; outputs are then given for these, in order."""
    index, at = np.flatnonzero(chosen), rows.tasks.index(task)
    label, level = rows.label[index, at], rows.level[index, at]
    lists = rows.items[task].take(pa.array(index)) if task in rows.items else None
    codes = None if lists is None else pad_lists(lists)
    kind = build_kind(tower.kind)
    plain, bounds = kind.plain_calibration(tower), fit_bounds(label, level)
    counts = rows.weight_of(task)
    weight = np.ones(len(index)) if counts is None else counts[index].astype(np.float64)
    had = had_before(rows, task)[index] if task in rows.had else None

    def read(values: Float64[np.ndarray, "row output"]) -> Reading:
        answer = plain.apply(values, level)
        if had is not None:
            answer = answer.without(had)
        outcome = kind.read_believed(tower, plain, answer, label, codes, bounds)
        return outcome.readings[tower.metric]

    return ValidationScorer(tower, read, weight)
