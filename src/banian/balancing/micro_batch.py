"""A micro-batch as a balance sees it: label counts, and a function that computes the losses."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor


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

    share: Float[Tensor, " task"]
    """Labels of each task here by those in an average update; 0 where the task is absent."""
    lose: Callable[[Collection[int]], Losses]
    """Runs the model and gives the losses of at least the tasks with these numbers."""


def total_share(micro_batches: Sequence[MicroBatch]) -> Float[Tensor, " task"]:
    """Add up the shares of all micro-batches of an update."""
    return torch.stack([micro_batch.share for micro_batch in micro_batches]).sum(dim=0)
