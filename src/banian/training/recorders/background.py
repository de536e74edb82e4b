"""A sink that is told from a thread of its own."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import final

from typing_extensions import override

from banian.training.recorder import Phase, Scored
from banian.training.recorders.sink import AbstractSink


@final
class Background(AbstractSink):
    """Tells a sink from a thread of its own, so that a server that does not answer does not hold up training.

    What goes wrong there is raised at the next event. Single steps are not passed on. Closing waits for so many
    `seconds` at most, then leaves the rest untold.

    Args:
        sink: What is told of events.
        seconds: How long closing waits at most.

    """

    def __init__(self, sink: AbstractSink, *, seconds: float = 20.0) -> None:
        self._sink, self._seconds = sink, seconds
        self._events: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._error: Exception | None = None
        self._thread = Thread(target=self._work, name=f"banian {sink.name}", daemon=True)

    @property
    @override
    def name(self) -> str:
        return self._sink.name

    @override
    def stage(self, name: str) -> None:
        self._put(lambda: self._sink.stage(name))

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        self._put(lambda: self._sink.start(phase, steps, done))

    @override
    def step(self) -> None:
        return

    @override
    def score(self, scored: Scored) -> None:
        self._put(lambda: self._sink.score(scored))

    @override
    def finish(self) -> None:
        self._put(self._sink.finish)

    @override
    def close(self, *, failed: bool) -> None:
        """Wait until all is told.

        Raises:
            TimeoutError: it takes too long.

        """
        self._put(lambda: self._sink.close(failed=failed))
        self._events.put(None)
        self._thread.join(self._seconds)
        if self._thread.is_alive():
            raise TimeoutError(f"It was not done {self._seconds:g} seconds after the run was.")
        self._raise()

    def _put(self, event: Callable[[], None]) -> None:
        self._raise()
        if self._thread.ident is None:
            self._thread.start()
        self._events.put(event)

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (event := self._events.get()) is not None:
            try:
                event()
            except Exception as error:
                self._error = error
                return
