"""Lift and gain of the tenth of the rows with the highest predictions, which marketing plans by."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

_TENTH = 0.1


@final
@dataclass(frozen=True)
class TopTenth:
    """The tenth of the rows with the highest predictions, beside all rows."""

    mean: float
    """Mean of the labels in it; of yes or no the share of yes."""
    overall: float
    """Mean of all labels."""
    lift: float | None
    """`mean` over `overall`; None where the mean of all is not above 0."""
    captured: float | None
    """The gain: its share of the sum of all labels; None where some label is negative, or all are 0."""


def top_tenth(
    label: Float64[np.ndarray, " row"], value: Float64[np.ndarray, " row"]
) -> TopTenth | None:
    """Compare the tenth of the rows with the highest predictions with all; None where there are fewer than ten rows.

    Rows of one value are taken in the same part, so that their order does not matter.

    >>> label = np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    >>> top_tenth(label, label)
    TopTenth(mean=1.0, overall=0.2, lift=5.0, captured=0.5)
    """
    rows = len(label)
    size = rows * _TENTH
    if rows < 1 / _TENTH:
        return None
    _, group, counts = np.unique(-value, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    part = np.clip((size - before) / counts, 0.0, 1.0)[group]
    total, held = float(label.sum()), float(part @ label)
    overall = total / rows
    return TopTenth(
        mean=held / size,
        overall=overall,
        lift=held / size / overall if overall > 0 else None,
        captured=held / total if total > 0 and label.min() >= 0 else None,
    )
