"""A file that remembers the last score that was sent to a sink, so that a resumed run sends none twice."""

import json
from pathlib import Path
from typing import final

from banian.storage import new_file
from banian.training.recorder import PHASES, Phase, Scored


@final
class Bookmark:
    """Keeps in a file how a sink calls this run, and the last score that it was told.

    Args:
        path: The file that remembers it.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._run = ""
        self._told = (0, 0)
        self.count = 0
        """Scores that were told."""

    def find(self, phase: Phase, done: int) -> str | None:
        """Give the sink's name of the run that goes on here; nothing where a new one begins."""
        if (phase, done) == ("select", 0):
            return None
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            told = (PHASES.index(kept["phase"]), kept["step"])
            self._run, self._told, self.count = kept["run"], told, kept["count"]
        except (OSError, ValueError, KeyError, TypeError):
            return None  # the sink was not asked for before
        return self._run

    def begin(self, run: str) -> None:
        """Remember a new run."""
        self._run, self._told, self.count = run, (0, 0), 0
        self._keep()

    def is_news(self, scored: Scored) -> bool:
        """Whether a score lies beyond those that were told; a resumed run makes the same ones again."""
        return _place(scored) > self._told

    def tell(self, scored: Scored) -> None:
        """Remember that a score was told."""
        self._told = _place(scored)
        self.count += 1
        self._keep()

    def _keep(self) -> None:
        at, step = self._told
        kept = {"run": self._run, "phase": PHASES[at], "step": step, "count": self.count}
        with new_file(self._path) as partial:
            partial.write_text(json.dumps(kept), encoding="utf-8")


def _place(scored: Scored) -> tuple[int, int]:
    return PHASES.index(scored.phase), scored.step
