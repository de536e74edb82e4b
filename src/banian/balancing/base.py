"""The contract of all balances."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from jaxtyping import Float
from torch import Tensor, nn

from banian.balancing.micro_batch import MicroBatch

Move = Callable[[], None]
"""Moves the parameters along their gradients."""


@final
@dataclass(frozen=True)
class Update:
    """The losses of an update, and how they were weighted."""

    loss: Float[Tensor, " task"]
    """What each task lost, over all micro-batches."""
    share: Float[Tensor, " task"]
    """Labels of each task by those in an average update."""
    weight: Float[Tensor, " task"]
    """What each task's gradient was multiplied by; 1 where all count the same."""


class AbstractBalance(nn.Module, ABC):
    """Makes one update of the losses of several tasks.

    What is minimised is the mean over tasks of weight · loss, plus the penalty. A task that is absent from an update
    has no say in it, and nothing that is remembered of the task changes. All that an update leaves behind stands in the
    state dict.
    """

    @abstractmethod
    def update(
        self, micro_batches: Sequence[MicroBatch], shared: Sequence[nn.Parameter], move: Move
    ) -> Update:
        """Differentiate the micro-batches, then call `move`, once.

        `shared` are the dense parameters on which tasks can be in conflict. The gradients of all parameters are unset
        before; tables and towers get the plain sum of what reaches them, also where gradients are aggregated.
        """
