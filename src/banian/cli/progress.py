"""Progress for people, on standard error: a bar, or where there is no terminal a line a stage."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from typing_extensions import override

from banian.cli.interrupt import interruptible
from banian.cli.spinner import say_stage
from banian.training import AbstractRecorder
from banian.training.recorder import Phase, Scored

_SAYS: dict[Phase, str] = {"select": "selecting epochs", "refit": "training on all labels"}


@final
class ProgressBar(AbstractRecorder):
    """Shows the stage, the steps with each task's metric on the validation rows, and a bar for each training beside.

    Args:
        progress: The bar of rich that is drawn on.

    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._stage = progress.add_task("starting", total=None, metrics="")
        self._shown = progress.add_task("", total=None, visible=False, metrics="")
        self._beside: dict[str, TaskID] = {}

    @override
    def stage(self, name: str) -> None:
        self._progress.reset(self._stage, description=name, total=None, visible=True)

    @override
    def beside(self, name: str, share: float) -> None:
        if name not in self._beside:
            self._beside[name] = self._progress.add_task(name, total=100, metrics="")
        self._progress.update(self._beside[name], completed=round(100 * share))
        if share == 1:
            self._progress.remove_task(self._beside.pop(name))

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        self._progress.update(self._stage, visible=False)
        self._progress.reset(
            self._shown, description=_SAYS[phase], total=steps, visible=True, metrics=""
        )
        self._progress.update(self._shown, completed=done)

    @override
    def step(self) -> None:
        self._progress.advance(self._shown)

    @override
    def score(self, scored: Scored) -> None:
        shown = "  ".join(f"{task} {value:.4g}" for task, value in scored.metrics.items())
        self._progress.update(self._shown, metrics=shown)

    @override
    def finish(self) -> None:
        self._progress.update(self._shown, visible=False)


@final
class StageLines(AbstractRecorder):
    """Says every stage once, for logs: a bar that moves would fill them."""

    @override
    def stage(self, name: str) -> None:
        say_stage(name)

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        say_stage(f"{_SAYS[phase]}: {steps:,} steps" + (f", {done:,} done" if done else ""))

    @override
    def step(self) -> None: ...

    @override
    def score(self, scored: Scored) -> None: ...

    @override
    def finish(self) -> None: ...


@contextmanager
def progress_bar() -> Iterator[AbstractRecorder]:
    """Show a bar while the block runs and can be interrupted; without a terminal, a line a stage."""
    console = Console(stderr=True)
    if not console.is_terminal:
        with interruptible():
            yield StageLines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[metrics]}"),
    )
    shown = Progress(*columns, console=console, transient=True)
    with interruptible(), shown as bar:
        yield ProgressBar(bar)
