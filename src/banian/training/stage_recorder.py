"""A recorder for trainings beside the one that is shown: how far they are, and nothing else."""

from typing import final

from typing_extensions import override

from banian.training.recorder import AbstractRecorder, Phase, Scored

_TENTHS = 10


@final
class StageRecorder(AbstractRecorder):
    """Passes the stage alone on to another recorder, every tenth of the way.

    Args:
        recorder: The recorder that hears of it.
        name: What is being trained, as it is to be shown.

    """

    def __init__(self, recorder: AbstractRecorder, name: str) -> None:
        self._recorder, self._name = recorder, name
        self._steps, self._done = 1, 0

    @override
    def stage(self, name: str) -> None:
        self._recorder.stage(name)

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        self._steps, self._done = max(1, steps), done
        self._tell()

    @override
    def step(self) -> None:
        before = self._done * _TENTHS // self._steps
        self._done += 1
        if self._done * _TENTHS // self._steps > before:
            self._tell()

    @override
    def score(self, scored: Scored) -> None:
        return

    @override
    def finish(self) -> None:
        return

    def _tell(self) -> None:
        share = self._done * _TENTHS // self._steps / _TENTHS
        self._recorder.stage(f"{self._name}, {share:.0%}")
