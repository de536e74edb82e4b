"""A recorder for trainings beside the one that is shown: how far they are, and nothing else."""

from typing import final

from typing_extensions import override

from banian.training.recorder import AbstractRecorder, Phase, Scored

_TENTHS = 10


@final
class StageRecorder(AbstractRecorder):
    """Tells another recorder how far a training is, every tenth of the way.

    Args:
        recorder: The recorder that hears of it.
        name: What is being trained, as it is to be shown.

    """

    def __init__(self, recorder: AbstractRecorder, name: str) -> None:
        self._recorder, self._name = recorder, name
        self._steps, self._done, self._told = 1, 0, -1

    @override
    def stage(self, name: str) -> None:
        self._recorder.stage(name)

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        self._steps, self._done = max(1, steps), done
        self._tell(min(done * _TENTHS // self._steps, _TENTHS - 1))

    @override
    def step(self) -> None:
        self._done += 1
        self._tell(min(self._done * _TENTHS // self._steps, _TENTHS - 1))

    @override
    def score(self, scored: Scored) -> None:
        return

    @override
    def finish(self) -> None:
        self._tell(_TENTHS)

    def _tell(self, tenths: int) -> None:
        if tenths != self._told:
            self._told = tenths
            self._recorder.beside(self._name, tenths / _TENTHS)
