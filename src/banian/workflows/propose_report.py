"""What propose found: tasks, how well a quick probe answered each, and what else is to be declared."""

import math
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, final

from banian.proposal import ProbeScore
from banian.spec import Kind, SplitSpec
from banian.spec.duration import format_duration


@final
@dataclass(frozen=True)
class Proposal:
    """A task that the tables could supervise, and what a quick look at it gave."""

    name: str
    """A name for the task."""
    question: str
    """As one pastes it after the name."""
    means: str
    """The question as a sentence."""
    family: str
    """The family of tasks that it belongs to."""
    grain: str
    """The entity or the rows that it asks about."""
    kind: Kind
    """Kind of its labels."""
    horizon: timedelta | None
    """How far its label looks ahead; None for a column of the row."""
    rows: int
    """Labels that were looked at; of many, a sample."""
    base_rate: float
    """Mean of the labels; for next items, how many there are."""
    probe: ProbeScore | None
    """How well a quick model answered it; None where it was not tried."""
    twin: str | None
    """Another proposal that asks nearly the same."""
    warnings: tuple[str, ...]
    """Why its labels or features may be wrong, a sentence each."""

    @property
    def is_learnable(self) -> bool:
        """Whether the quick model was surely better than a constant."""
        return self.probe is not None and self.probe.interval[0] > 0

    @property
    def why_not(self) -> str | None:
        """Why not to take it: not tried, no skill, or asked by another; None where nothing speaks against it."""
        if self.probe is None:
            return "not tried: too few labels"
        lower, upper = self.probe.interval
        if math.isnan(lower):
            return "not tried: the constant makes no error that could shrink"
        if lower <= 0:
            return f"no better than a constant: skill {lower:.2f} to {upper:.2f}"
        return None if self.twin is None else f"same as {self.twin}"

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return plain | {
            "horizon": None if self.horizon is None else format_duration(self.horizon),
            "is_learnable": self.is_learnable,
            "why_not": self.why_not,
            "probe": None if self.probe is None else self.probe.to_dict(),
            "warnings": list(self.warnings),
        }


@final
@dataclass(frozen=True)
class Proposals:
    """Tasks that fit into one spec, and what else is to be declared there."""

    split: SplitSpec
    """The split that all of them need."""
    tasks: tuple[Proposal, ...]
    """Grain by grain, the most learnable first."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {
            "split": self.split.model_dump(mode="json", exclude_none=True),
            "tasks": [task.to_dict() for task in self.tasks],
        }


@final
@dataclass(frozen=True, repr=False)
class ProposeReport:
    """What was found."""

    tables: dict[str, dict[str, Any]] | None
    """What was guessed of the tables, as in a spec; None where they were declared."""
    groups: tuple[Proposals, ...]
    """Tasks in time, then tasks of tables without time, which need a spec of their own."""
    left_out: tuple[str, ...]
    """What was looked at and is not proposed, and why."""
    unused: dict[str, str]
    """Table that gives no features → why, and what to write."""

    def __repr__(self) -> str:
        names = [task.name for group in self.groups for task in group.tasks]
        return (
            f"ProposeReport({len(names)} tasks: {', '.join(names)}; {len(self.left_out)} left out)"
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {
            "tables": self.tables,
            "groups": [group.to_dict() for group in self.groups],
            "left_out": list(self.left_out),
            "unused": self.unused,
        }
