"""What the model must know of a grain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from banian.models.towers import TowerSpec


@final
@dataclass(frozen=True)
class Grain:
    """One kind of rows: which entities its batches carry, and what is asked about its rows."""

    entities: tuple[str, ...]
    """The entities that its rows can have."""
    tasks: Mapping[str, TowerSpec]
    """Task → its tower; a task belongs to one grain."""
