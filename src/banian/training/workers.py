"""Who trains the members of networks: this process, one after another, or several processes side by side."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import final

from typing_extensions import override

from banian.training.member import Member
from banian.training.recorder import AbstractRecorder
from banian.training.start import Start

Begun = Callable[[], tuple[Start, Sequence[AbstractRecorder]]]
"""Waits until members are trained; gives their rows, and for each who is to hear of what is left to do. Where nothing
was begun, that is all."""


class AbstractWorkers(AbstractContextManager["AbstractWorkers"], ABC):
    """Trains members, or leaves that to whoever asks for their results; as a context manager, while the block runs."""

    @property
    @abstractmethod
    def jobs(self) -> int:
        """How many cores may be used at once."""

    @abstractmethod
    def begin(
        self,
        start: Callable[[], Start],
        members: Sequence[Member],
        recorders: Sequence[AbstractRecorder],
    ) -> Begun:
        """Begin to train the members of one network in one phase.

        Args:
            start: Encodes the rows of the phase.
            members: What is to be trained; what has checkpoints goes on from them.
            recorders: For each member, who hears of its training.

        """


@final
class InTurn(AbstractWorkers):
    """Begins nothing: members are trained one after another, each when its result is asked for.

    Args:
        jobs: How many cores may be used at once, where trees are grown.

    """

    def __init__(self, jobs: int = 1) -> None:
        self._jobs = jobs

    @property
    @override
    def jobs(self) -> int:
        return self._jobs

    @override
    def begin(
        self,
        start: Callable[[], Start],
        members: Sequence[Member],
        recorders: Sequence[AbstractRecorder],
    ) -> Begun:
        return lambda: (start(), recorders)

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return


IN_TURN: AbstractWorkers = InTurn()
