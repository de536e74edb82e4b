"""How many rows a step takes where the spec leaves it open, and the step size that goes with so many.

Source of the square root: Malladi et al., "On the SDEs and Scaling Rules for Adaptive Gradient Algorithms", NeurIPS
2022, section 5.2.
"""

import math

import torch

from banian.spec import TrainSpec

FEWEST_ROWS, MOST_ROWS = 256, 2048
"""Fewer rows leave more time between operations than in them; beyond, a row costs as much in a larger batch."""
_STEPS = 128
"""An epoch is to have about so many steps, or more."""
_CELLS_OF_TWO = 2**19
"""Rows times fields from which a step has enough for two threads."""


def choose_batch_rows(largest: int) -> int:
    """Choose how many rows of the largest grain a micro-batch has: a power of two that leaves an epoch enough steps.

    `largest` counts the training rows of that grain.

    >>> [choose_batch_rows(largest) for largest in (1_000, 70_000, 1_000_000)]
    [256, 512, 2048]
    """
    rows = 2 ** math.floor(math.log2(max(largest / _STEPS, 1)))
    return min(max(FEWEST_ROWS, rows), MOST_ROWS)


def use_threads(rows: int, fields: int) -> None:
    """Let steps of so many rows and fields, and what is scored between them, use one thread or two.

    Sums of matrices depend on the number of threads, and so do weights in their last digits. So it follows from the
    data alone, never from the cores: 2,048 rows of 450 fields take 1.5 to 1.8 times less time on two cores, and no
    more on one; of ten fields they gain nothing. Where training ends, `reproducible` takes it back.
    """
    torch.set_num_threads(2 if rows * fields >= _CELLS_OF_TWO else 1)


def with_batch_rows(spec: TrainSpec, rows: int) -> TrainSpec:
    """Let a spec that leaves the rows of a micro-batch open take so many, and steps that grow with their square root.

    >>> spec = with_batch_rows(TrainSpec(learning_rate=0.001), 1024)
    >>> spec.batch_rows, spec.learning_rate
    (1024, 0.002)
    >>> with_batch_rows(TrainSpec(batch_rows=64), 1024).batch_rows
    64
    """
    if spec.batch_rows is not None:
        return spec
    scale = math.sqrt(rows / FEWEST_ROWS)
    return spec.model_copy(update={"batch_rows": rows, "learning_rate": scale * spec.learning_rate})
