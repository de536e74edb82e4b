"""A task that the tables could supervise."""

from dataclasses import dataclass
from typing import Literal, final

from banian.spec import TaskSpec

Family = Literal["happens", "amounts", "next items", "label column", "follows"]


@final
@dataclass(frozen=True)
class Candidate:
    """A task, not yet tried."""

    name: str
    family: Family
    task: TaskSpec
    means: str
    """The question in words."""
    doubts: tuple[str, ...] = ()
    """What its proposer could not see in the data."""
