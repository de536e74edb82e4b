"""Who wants to know how training goes: a progress bar, a log, nobody."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, final, get_args

from typing_extensions import override

Phase = Literal["select", "refit"]
PHASES: tuple[Phase, ...] = get_args(Phase)
"""In the order in which they follow each other."""


@final
@dataclass(frozen=True)
class Scored:
    """How training stands; losses are in units of the constant predictor's."""

    phase: Phase
    step: int
    epoch: float
    """Passes over the largest grain."""
    train_loss: Mapping[str, float]
    """Task → mean loss of a label since the last time."""
    valid_loss: Mapping[str, float]
    """Task → loss on the validation rows; empty in the refit, which has none."""
    metrics: Mapping[str, float]
    """Task → its metric on the validation rows; empty in the refit."""
    weights: Mapping[str, float]
    """Task → what its loss was multiplied by since the last time, on average."""
    gradient_norms: Mapping[str, float] = field(default_factory=dict)
    """Task → length of its gradient on the shared parameters; at the end of an epoch, on the last micro-batch."""
    cosines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Task → other task after it → cosine of the angle between the two gradients."""


class AbstractRecorder(ABC):
    """Hears of the events of a training; it cannot change them."""

    @abstractmethod
    def stage(self, name: str) -> None:
        """Hear that something other than training begins: reading a table, building a grain."""

    def beside(self, name: str, share: float) -> None:
        """Hear how far a training is that goes on beside the one that is shown: from 0 to 1, which is its end.

        Said as a stage, unless a recorder has a better way.
        """
        self.stage(f"{name}, {share:.0%}")

    @abstractmethod
    def start(self, phase: Phase, steps: int, done: int) -> None:
        """Hear that a phase of at most so many steps begins, or goes on after those that a checkpoint holds."""

    @abstractmethod
    def step(self) -> None:
        """One step was made."""

    @abstractmethod
    def score(self, scored: Scored) -> None:
        """Hear how training stands: several times an epoch in selection, once an epoch in the refit."""

    @abstractmethod
    def finish(self) -> None:
        """Hear that the phase is over."""


@final
class _NoRecorder(AbstractRecorder):
    """Keeps nothing."""

    @override
    def stage(self, name: str) -> None:
        return

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        return

    @override
    def step(self) -> None:
        return

    @override
    def score(self, scored: Scored) -> None:
        return

    @override
    def finish(self) -> None:
        return


NO_RECORDER: AbstractRecorder = _NoRecorder()
