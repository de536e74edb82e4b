"""A micro-batch as a balance sees it: label counts, a function that computes the losses, and where processes meet."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

Gradients = Sequence[Tensor | None]
"""The gradient of a task, a tensor for each shared parameter; None where the task does not reach it."""
Rows = Mapping[int, Gradients]
"""Number of a task → its gradient; tasks that are absent are left out."""
PerTask = Float[Tensor, " task"]
Reduce = Callable[[Rows, PerTask, PerTask], tuple[Rows, PerTask, PerTask]]
"""Maps what this process found in its micro-batches of an update, rows, losses and shares, to the sums over all
processes; a gradient or a task that others found is added where this one has none."""
NO_ROWS: Rows = MappingProxyType({})


def alone(rows: Rows, losses: PerTask, share: PerTask) -> tuple[Rows, PerTask, PerTask]:
    """Give all as it is: the whole update is made by one process."""
    return rows, losses, share


@final
@dataclass(frozen=True)
class Losses:
    """What the tasks lost in a micro-batch."""

    values: Sequence[Float[Tensor, ""]]
    """Per task, the sum over its labels here by the number of its labels in an average update; each with a graph of its
    own, so that it can be differentiated alone. 0 without a graph where the task is absent or was not wanted."""
    penalty: Float[Tensor, ""]
    """What is added whatever the tasks count: no task's loss, so nothing to be balanced."""


@final
@dataclass(frozen=True)
class MicroBatch:
    """A micro-batch whose losses can be computed, more than once if need be; an update has one or several."""

    share: PerTask
    """Labels of each task here by those in an average update; 0 where the task is absent."""
    lose: Callable[[Collection[int]], Losses]
    """Runs the model and gives the losses of at least the tasks with these numbers."""
    reduce: Reduce = alone
    """Where the processes that make one update together meet, the same for all micro-batches of an update. Balances
    call it through `reduce_update` alone, and in every process equally often. The gradients that an update leaves
    behind are still those of this process: who moves the parameters adds them up first."""


def reduce_update(
    micro_batches: Sequence[MicroBatch], losses: PerTask, rows: Rows = NO_ROWS
) -> tuple[Rows, PerTask, PerTask]:
    """Sum over all processes what this one found in the micro-batches of an update: rows, losses and shares.

    Args:
        micro_batches: Those of this process, at least one; their shares are summed here.
        losses: What each task lost in them.
        rows: The gradients of the tasks in them, where a balance looks at these.

    """
    share = torch.stack([micro_batch.share for micro_batch in micro_batches]).sum(dim=0)
    return micro_batches[0].reduce(rows, losses, share)
