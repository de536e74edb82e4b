"""Who wants to know how training goes: a progress bar, a log, nobody."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Literal, final

from typing_extensions import override

Phase = Literal["select", "refit"]


class AbstractRecorder(ABC):
    """Is told what happens; cannot change it."""

    @abstractmethod
    def stage(self, name: str) -> None:
        """Hear that something other than training begins: reading a table, building a grain."""

    @abstractmethod
    def start(self, phase: Phase, steps: int) -> None:
        """Hear that a phase of at most so many steps begins."""

    @abstractmethod
    def step(self) -> None:
        """One step was made."""

    @abstractmethod
    def score(self, step: int, metrics: Mapping[str, float]) -> None:
        """Hear how the validation rows were scored: task → its metric."""

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
    def start(self, phase: Phase, steps: int) -> None:
        return

    @override
    def step(self) -> None:
        return

    @override
    def score(self, step: int, metrics: Mapping[str, float]) -> None:
        return

    @override
    def finish(self) -> None:
        return


NO_RECORDER: AbstractRecorder = _NoRecorder()
