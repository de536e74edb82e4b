"""The state of a training between two steps: all that a run needs to go on as if it had never stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from torch import Tensor

from banian.training.recorder import Phase


@final
@dataclass(frozen=True)
class TrainingState:
    """A moment between two steps."""

    phase: Phase
    done: int
    """Steps made in this phase."""
    tensors: Mapping[str, Tensor]
    """Weights, moments of the optimiser, states of the random generators, sums of losses."""
    facts: Mapping[str, Any]
    """Plain values: the position in the data, the best validation loss so far, or the schedule that was selected."""
