"""What the model must know of a grain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

from banian.models.towers import TowerSpec


@final
@dataclass(frozen=True)
class Grain:
    """One kind of rows: which entities its batches carry, and what is asked about its rows.

    Raises: ValueError where `given` names a task that the grain does not have.
    """

    entities: tuple[str, ...]
    """The entities that its rows can have."""
    tasks: Mapping[str, TowerSpec]
    """Task → its tower; a task belongs to one grain."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Task → the one that must have come true for it to have a label; left out where that is not modelled."""

    def __post_init__(self) -> None:
        strangers = {*self.given, *self.given.values()} - set(self.tasks)
        if strangers:
            raise ValueError(f"the grain has no task {sorted(strangers)[0]!r}, which given names")
