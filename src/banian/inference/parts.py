"""Rows in parts whose features and outputs fit into memory: of many classes or items a few rows at once."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64

from banian.examples import GrainExamples
from banian.models import Grain

_MOST_NUMBERS = 16_000_000
"""Outputs at once."""
_MOST_CELLS = 2**25
"""Features of chosen rows at once, which are copied."""


def cut_rows(
    grain: Grain, rows: GrainExamples, chosen: Int64[np.ndarray, " chosen"] | None = None
) -> Iterator[GrainExamples]:
    """Cut the rows of a grain, or chosen ones, into parts that fit into memory; at least one, perhaps empty."""
    size = most_rows(grain)
    if chosen is None:
        for start in range(0, max(len(rows), 1), size):
            yield rows if len(rows) <= size else rows.slice(start, size)
        return
    cells = sum(len(seen.columns.column_names) for seen in rows.entities.values())
    size = max(1, min(size, _MOST_CELLS // max(cells, 1)))
    for start in range(0, max(len(chosen), 1), size):
        yield rows.take(chosen[start : start + size])


def most_rows(grain: Grain) -> int:
    """Say of how many rows the outputs fit into memory."""
    return max(1, _MOST_NUMBERS // most_outputs(grain))


def most_outputs(grain: Grain) -> int:
    """Count the outputs of the task of a grain that has most."""
    return max(len(tower.classes) + 1 for tower in grain.tasks.values())
