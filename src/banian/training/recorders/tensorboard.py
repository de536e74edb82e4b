"""Event files for TensorBoard."""

from pathlib import Path
from typing import Any, final

from typing_extensions import override

from banian.extra import import_extra
from banian.training.recorder import PHASES, Phase, Scored
from banian.training.recorders.scalars import name_scalars
from banian.training.recorders.sink import AbstractSink


@final
class TensorBoardRecorder(AbstractSink):
    """Draws a curve per figure and task; a phase is a run of its own in `tensorboard/select` or `tensorboard/refit`.

    Args:
        folder: The run's own folder.

    Raises:
        DependencyError: the extra `tensorboard` is not installed.

    """

    def __init__(self, folder: Path) -> None:
        self._library = import_extra("tensorboard", "torch.utils.tensorboard")
        self._folder = folder / "tensorboard"
        self._writer: Any = None

    @property
    @override
    def name(self) -> str:
        return "TensorBoard"

    @override
    def stage(self, name: str) -> None:
        return

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        self.finish()
        at = PHASES.index(phase)
        for void in PHASES[at if done == 0 else at + 1 :]:
            for path in (self._folder / void).glob("events.out.tfevents.*"):
                path.unlink()
        self._writer = self._library.SummaryWriter(str(self._folder / phase), purge_step=done + 1)

    @override
    def step(self) -> None:
        return

    @override
    def score(self, scored: Scored) -> None:
        for name, value in name_scalars(scored).items():
            self._writer.add_scalar(name, value, scored.step)
        self._writer.flush()

    @override
    def finish(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    @override
    def close(self, *, failed: bool) -> None:
        self.finish()
