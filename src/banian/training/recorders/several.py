"""More than one recorder."""

from collections.abc import Sequence
from typing import final

from typing_extensions import override

from banian.training.recorder import AbstractRecorder, Phase, Scored


@final
class Several(AbstractRecorder):
    """Tells each in turn.

    Args:
        recorders: Who is told, in this order.

    """

    def __init__(self, recorders: Sequence[AbstractRecorder]) -> None:
        self._recorders = tuple(recorders)

    @override
    def stage(self, name: str) -> None:
        for recorder in self._recorders:
            recorder.stage(name)

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        for recorder in self._recorders:
            recorder.start(phase, steps, done)

    @override
    def step(self) -> None:
        for recorder in self._recorders:
            recorder.step()

    @override
    def score(self, scored: Scored) -> None:
        for recorder in self._recorders:
            recorder.score(scored)

    @override
    def finish(self) -> None:
        for recorder in self._recorders:
            recorder.finish()
