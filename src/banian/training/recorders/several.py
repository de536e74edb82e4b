"""More than one recorder."""

from collections.abc import Sequence
from threading import RLock
from typing import final

from typing_extensions import override

from banian.training.recorder import AbstractRecorder, Phase, Scored


@final
class Several(AbstractRecorder):
    """Tells each in turn, of one event at a time, whichever thread it comes from.

    Args:
        recorders: Who is told, in this order.

    """

    def __init__(self, recorders: Sequence[AbstractRecorder]) -> None:
        self._recorders = tuple(recorders)
        self._lock = RLock()

    @override
    def stage(self, name: str) -> None:
        with self._lock:
            for recorder in self._recorders:
                recorder.stage(name)

    @override
    def beside(self, name: str, share: float) -> None:
        with self._lock:
            for recorder in self._recorders:
                recorder.beside(name, share)

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        with self._lock:
            for recorder in self._recorders:
                recorder.start(phase, steps, done)

    @override
    def step(self) -> None:
        with self._lock:
            for recorder in self._recorders:
                recorder.step()

    @override
    def score(self, scored: Scored) -> None:
        with self._lock:
            for recorder in self._recorders:
                recorder.score(scored)

    @override
    def finish(self) -> None:
        with self._lock:
            for recorder in self._recorders:
                recorder.finish()
