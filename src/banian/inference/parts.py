"""Rows in parts whose outputs fit into memory: of many classes or items a few rows at once."""

from collections.abc import Iterator

from banian.examples import GrainExamples
from banian.models import Grain

_MOST_NUMBERS = 16_000_000
"""Outputs at once."""


def cut_rows(grain: Grain, rows: GrainExamples) -> Iterator[GrainExamples]:
    """Cut the rows of a grain into parts whose outputs fit into memory; at least one, perhaps empty."""
    size = most_rows(grain)
    for start in range(0, max(len(rows), 1), size):
        yield rows if len(rows) <= size else rows.slice(start, size)


def most_rows(grain: Grain) -> int:
    """Say of how many rows the outputs fit into memory."""
    return max(1, _MOST_NUMBERS // most_outputs(grain))


def most_outputs(grain: Grain) -> int:
    """Count the outputs of the task of a grain that has most."""
    return max(len(tower.classes) + 1 for tower in grain.tasks.values())
