"""What the model must know of a grain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

from banian.kinds import TowerState


@final
@dataclass(frozen=True)
class Grain:
    """One kind of rows: which entities its batches carry, and what is asked about its rows."""

    entities: tuple[str, ...]
    """The entities that its rows can have."""
    tasks: Mapping[str, TowerState]
    """Task → its tower; a task belongs to one grain."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Task → the one that must have come true for it to have a label."""

    @property
    def links(self) -> Mapping[str, str]:
        """Map a task to the one that it is given, where the network knows both: a single-task twin knows one."""
        return {
            task: before
            for task, before in self.given.items()
            if task in self.tasks and before in self.tasks
        }
