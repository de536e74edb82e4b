"""A recorder whose events another process hears."""

import time
from multiprocessing.connection import Connection
from typing import final

from typing_extensions import override

from banian.training.recorder import AbstractRecorder, Phase, Scored

_SECONDS = 0.2  # between counts of steps: each wakes up the process that hears it


@final
class Teller(AbstractRecorder):
    """Sends what it hears, except stages; steps are counted for a while.

    Args:
        events: Where to.

    """

    def __init__(self, events: Connection) -> None:
        self._events = events
        self._steps, self._sent = 0, time.monotonic()

    @override
    def stage(self, name: str) -> None:
        return

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        self._events.send(("start", phase, steps, done))

    @override
    def step(self) -> None:
        self._steps += 1
        if time.monotonic() - self._sent > _SECONDS:
            self._count()

    @override
    def score(self, scored: Scored) -> None:
        self._count()
        self._events.send(("score", scored))

    @override
    def finish(self) -> None:
        self._count()
        self._events.send(("finish",))

    def end(self) -> None:
        """Send that all went well."""
        self._events.send(("end",))

    def _count(self) -> None:
        self._events.send(("steps", self._steps))
        self._steps, self._sent = 0, time.monotonic()


def hear(events: Connection, recorder: AbstractRecorder) -> bool:
    """Tell a recorder what is sent, until it ends; say whether the sender said that all went well.

    Raises:
        Exception: what the sender sent, because it failed by it.

    """
    while True:
        try:
            event = events.recv()
        except EOFError:
            return False
        match event:
            case ("start", phase, steps, done):
                recorder.start(phase, steps, done)
            case ("steps", count):
                for _ in range(count):
                    recorder.step()
            case ("score", scored):
                recorder.score(scored)
            case ("finish",):
                recorder.finish()
            case ("end",):
                return True
            case _:
                raise event
