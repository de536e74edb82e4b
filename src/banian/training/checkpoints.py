"""Checkpoints of a run, so that a killed one can be resumed."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, final

from safetensors import safe_open
from safetensors.torch import load, save
from typing_extensions import override

from banian.errors import RunError
from banian.storage import new_file, reason_of
from banian.training.recorder import PHASES
from banian.training.state import TrainingState

_STATES = "[01]-*-*-*.safetensors"
_KEPT = 2  # the newest, and one more in case that it is damaged


class AbstractCheckpoints(ABC):
    """Keeps the states of one phase of one network."""

    @abstractmethod
    def newest(self) -> TrainingState | None:
        """Give the newest whole state, if there is any."""

    @abstractmethod
    def within(self, name: str) -> "AbstractCheckpoints":
        """Give the place for the states of a part."""

    @abstractmethod
    def offer(self, freeze: Callable[[], TrainingState]) -> None:
        """Keep the present state if it is time to."""

    @abstractmethod
    def keep(self, state: TrainingState) -> None:
        """Keep a state in any case."""


def has_checkpoints(folder: Path) -> bool:
    """Say whether a run has left states in a folder or below it."""
    return any(folder.rglob(_STATES))


@final
class Checkpoints(AbstractCheckpoints):
    """Files in a folder, each written atomically and named by its own hash; parts lie in folders below.

    Args:
        folder: Where the files lie; it is made with the first one.
        run: What the states belong to: spec, data, seed, code. Those of another run are refused.
        seconds: How long to wait at least from one offered state that is kept to the next.
        clock: The time in seconds, from any start.

    """

    def __init__(
        self,
        folder: Path,
        run: Mapping[str, Any],
        *,
        seconds: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._folder, self._run = folder, dict(run)
        self._seconds, self._clock = seconds, clock
        self._last = clock()

    @override
    def newest(self) -> TrainingState | None:
        """Give the newest whole state; files that are torn or altered are passed over.

        Raises:
            RunError: the state belongs to another run.

        """
        for path in reversed(self._files()):
            content = path.read_bytes()
            if _sum(content) == path.stem.rpartition("-")[2]:
                return self._read(path, content)
        return None

    @override
    def within(self, name: str) -> "Checkpoints":
        return Checkpoints(self._folder / name, self._run, seconds=self._seconds, clock=self._clock)

    @override
    def offer(self, freeze: Callable[[], TrainingState]) -> None:
        if self._clock() - self._last >= self._seconds:
            self.keep(freeze())

    @override
    def keep(self, state: TrainingState) -> None:
        """Write a state and remove all but the newest two.

        Raises:
            RunError: the disk is full or the folder cannot be written; earlier states are untouched.

        """
        about = {"phase": state.phase, "done": state.done, "facts": state.facts, "run": self._run}
        content = save(dict(state.tensors), metadata={"about": json.dumps(about)})
        name = f"{PHASES.index(state.phase)}-{state.phase}-{state.done:010}-{_sum(content)}"
        try:
            with new_file(self._folder / f"{name}.safetensors") as partial:
                partial.write_bytes(content)
        except OSError as error:
            raise RunError(
                f"Cannot write a checkpoint into {self._folder}: {reason_of(error)}.",
                remedy="Make room, then go on with the same command and --resume.",
            ) from None
        for path in self._files()[:-_KEPT]:
            path.unlink(missing_ok=True)
        self._last = self._clock()

    def check(self) -> None:
        """Look at the newest states of all parts.

        Raises:
            RunError: one of them belongs to another run.

        """
        folders = {path.parent for path in self._folder.rglob(_STATES)}
        for folder in sorted(folders):
            self.within(str(folder.relative_to(self._folder))).newest()

    def clear(self) -> None:
        """Remove all states, those of parts too, and the folders of parts that are empty then."""
        for path in self._folder.rglob(_STATES):
            path.unlink(missing_ok=True)
        parts = [path for path in self._folder.rglob("*") if path.is_dir()]
        for path in sorted(parts, reverse=True):  # the deepest first
            with suppress(OSError):  # something of somebody else's lies there
                path.rmdir()

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(_STATES))

    def _read(self, path: Path, content: bytes) -> TrainingState:
        with safe_open(path, "pt") as file:
            about = json.loads(file.metadata()["about"])
        of_state = about["run"]
        other = sorted(
            key for key in {*self._run, *of_state} if of_state.get(key) != self._run.get(key)
        )
        if other:
            raise RunError(
                f"The checkpoint {path} belongs to a run with another {' and another '.join(other)}.",
                remedy="Leave out --resume to start anew, or take what that run was started with.",
            )
        return TrainingState(about["phase"], about["done"], load(content), about["facts"])


@final
class _NoCheckpoints(AbstractCheckpoints):
    """Keeps nothing."""

    @override
    def newest(self) -> TrainingState | None:
        return None

    @override
    def within(self, name: str) -> AbstractCheckpoints:
        return self

    @override
    def offer(self, freeze: Callable[[], TrainingState]) -> None:
        return

    @override
    def keep(self, state: TrainingState) -> None:
        return


NO_CHECKPOINTS: AbstractCheckpoints = _NoCheckpoints()


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
