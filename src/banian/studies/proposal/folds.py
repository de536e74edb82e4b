"""Rows that a probe learns from and rows that it is held against, always later or of other entities."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool

from banian.examples import GrainExamples
from banian.leakage import FOLDS, assign_folds

_MANY = 8
_PARTS = (0.4, 0.6, 0.8)
Fold = tuple[Bool[np.ndarray, " row"], Bool[np.ndarray, " row"]]
"""Which rows train, and which are tested."""


def lay_folds(rows: GrainExamples, task: int) -> Iterator[Fold]:
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
