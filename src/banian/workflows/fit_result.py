"""What a fit found, and where it lies."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from banian.evaluation import TaskImportance, TaskScore


@final
@dataclass(frozen=True, repr=False)
class FitResult:
    """What a run found, and where it lies."""

    bundle: Path
    """Folder of the bundle."""
    seconds: float
    """How long the run took."""
    scores: dict[str, TaskScore]
    """Task → its metrics on the test rows."""
    grains: dict[str, str]
    """Task → grain."""
    reach: dict[str, str | None]
    """Task → up to when its labels are known, ISO 8601; None without time."""
    importance: dict[str, TaskImportance]
    """Task → the raw columns that it leans on; without tasks whose metric is undefined."""
    left_out: tuple[str, ...] = ()
    """What the spec declares and a budget, or a quick look, left no time for."""

    def __repr__(self) -> str:
        scores = ", ".join(f"{t} {s.metric} {s.value:.4g}" for t, s in self.scores.items())
        return f"FitResult({str(self.bundle)!r}: {scores})"

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        tasks = {
            task: {"grain": self.grains[task], "reach": self.reach[task], **score.to_dict()}
            for task, score in self.scores.items()
        }
        for task, importance in self.importance.items():
            tasks[task]["importance"] = importance.to_dict()
        seconds, left_out = round(self.seconds, 1), list(self.left_out)
        return {
            "bundle": str(self.bundle),
            "seconds": seconds,
            "left_out": left_out,
            "tasks": tasks,
        }
