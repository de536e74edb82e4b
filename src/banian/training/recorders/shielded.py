"""A sink that can never fail a run."""

from collections.abc import Callable
from types import TracebackType
from typing import final

from typing_extensions import override

from banian.conceal import conceal
from banian.training.recorder import AbstractRecorder, Phase, Scored
from banian.training.recorders.sink import AbstractSink

_LONGEST = 500  # characters of a reason; libraries like to add whole pages


@final
class Shielded(AbstractRecorder):
    """Passes on what it hears until the sink fails, says so once, and leaves the sink alone from then on.

    As a context manager it closes the sink when the block ends, however that ends.

    Args:
        sink: What is told of events.
        warn: Takes the sentence that says what went wrong.

    """

    def __init__(self, sink: AbstractSink, warn: Callable[[str], None]) -> None:
        self._sink, self._warn = sink, warn
        self._failed = False

    def __enter__(self) -> AbstractRecorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._tell(lambda sink: sink.close(failed=kind is not None))

    @override
    def stage(self, name: str) -> None:
        self._tell(lambda sink: sink.stage(name))

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        self._tell(lambda sink: sink.start(phase, steps, done))

    @override
    def step(self) -> None:
        self._tell(lambda sink: sink.step())

    @override
    def score(self, scored: Scored) -> None:
        self._tell(lambda sink: sink.score(scored))

    @override
    def finish(self) -> None:
        self._tell(lambda sink: sink.finish())

    def _tell(self, event: Callable[[AbstractSink], None]) -> None:
        if self._failed:
            return
        try:
            event(self._sink)
        except Exception as error:
            self._failed = True
            self._warn(f"{self._sink.name} is told no more, the run goes on. {_reason(error)}")


def _reason(error: Exception) -> str:
    said = conceal(str(error)).strip().split("\n")[0]
    if len(said) > _LONGEST:
        said = f"{said[:_LONGEST]}…"
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
