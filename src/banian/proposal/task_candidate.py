"""A task that the tables could supervise."""

from dataclasses import dataclass
from typing import Literal, final

from banian.spec import TaskSpec

Family = Literal["happens", "amounts", "next items", "label column", "follows"]


@final
@dataclass(frozen=True)
class TaskCandidate:
    """A task, not yet tried."""

    name: str
    """As it would stand in a spec."""
    family: Family
    """The kind of question."""
    task: TaskSpec
    means: str
    """The question in words."""
    doubts: tuple[str, ...] = ()
    """What its proposer could not see in the data."""
