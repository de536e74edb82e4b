"""The run's diary, one JSON object per line."""

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, final

from typing_extensions import override

from banian.conceal import conceal
from banian.storage import new_file, read_lines
from banian.training.recorder import PHASES, Phase, Scored
from banian.training.recorders.sink import AbstractSink


@final
class RunLog(AbstractSink):
    """Appends each event as soon as it is heard; single steps are left out.

    A run that begins anew begins a new file. One that goes on from a checkpoint goes on with the file, less what it
    will do again, so that every score stands there once. Stages before the first phase are held back until it is known
    which of the two it is.

    Args:
        path: The file, a JSON object a line.
        now: Gives the time of an event.

    """

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path, self._now = path, now
        self._phase: Phase | None = None
        self._held: list[str] = []

    @property
    @override
    def name(self) -> str:
        return "The run log"

    @override
    def stage(self, name: str) -> None:
        self._write("stage", name=conceal(name))

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        if self._phase is None:
            self._begin(phase, done)
        self._phase = phase
        self._write("start", phase=phase, steps=steps, done=done)

    @override
    def step(self) -> None:
        return

    @override
    def score(self, scored: Scored) -> None:
        self._write(
            "score",
            phase=scored.phase,
            step=scored.step,
            epoch=scored.epoch,
            train_loss=_finite(scored.train_loss),
            valid_loss=_finite(scored.valid_loss),
            metrics=_finite(scored.metrics),
            weights=_finite(scored.weights),
            gradient_norms=_finite(scored.gradient_norms),
            cosines={task: _finite(others) for task, others in scored.cosines.items()},
        )

    @override
    def finish(self) -> None:
        self._write("finish", phase=self._phase)

    @override
    def close(self, *, failed: bool) -> None:
        return

    def _begin(self, phase: Phase, done: int) -> None:
        goes_on = (phase, done) != ("select", 0)
        kept = [event for event in read_lines(self._path) if not _is_undone(event, phase, done)]
        lines = [_line(event) for event in kept] if goes_on else []
        with new_file(self._path) as partial:
            partial.write_text("".join(lines + self._held), encoding="utf-8")

    def _write(self, event: str, **facts: Any) -> None:  # noqa: ANN401
        at = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        line = _line({"event": event, "at": at, **facts})
        if self._phase is None:
            self._held.append(line)
        else:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)


def _line(event: Mapping[str, Any]) -> str:
    return json.dumps(event, allow_nan=False) + "\n"


def _is_undone(event: Mapping[str, Any], phase: Phase, done: int) -> bool:
    """Whether an event lies beyond what the checkpoint holds; the score of its own step was told before it was kept."""
    of = event.get("phase")
    if of != phase:
        return of in PHASES and PHASES.index(of) > PHASES.index(phase)
    return event["event"] == "finish" or (event["event"] == "score" and event["step"] > done)


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
