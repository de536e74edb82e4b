"""The state of columns along a timeline: what had added up, and what was held, before each event.

Every statistic is made of the states at a few positions. Whoever has them computes it by the same code: from running
sums over a chunk of events in memory, or from a row that was stored for each event.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Int, Int64
from typing_extensions import override

from banian.features.timeline import AbstractTimeline

Part: TypeAlias = tuple[str, int]
"""Name of a sum or of a held value, and which part of it: of sums the power of two by which it counts."""
Position: TypeAlias = Int[np.ndarray, " ask"]
"""Per ask, the first event that is not counted."""


class AbstractSnapshot(ABC):
    """What had added up in some columns before the position of each ask."""

    @property
    @abstractmethod
    def parts(self) -> Collection[Part]:
        """The parts that are there; all others are 0."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """How many columns, and how many asks."""

    @abstractmethod
    def __getitem__(self, part: Part) -> Int64[np.ndarray, "column ask"]:
        """Give a part; sums of one entity may be compared, what is held is valid where there was a value."""


class AbstractState(ABC):
    """Columns of one kind along a timeline."""

    @abstractmethod
    def at(self, ago: timedelta | None) -> AbstractSnapshot:
        """Give what had added up so long before each ask; what had before any event of its entity for None."""


@final
class RunningColumn:
    """One column in memory.

    Args:
        totals: what each part had added up to before each position; events of other entities count, too, so that only
            differences say something.
        held: part → what to ask for its value before some positions.

    """

    def __init__(
        self,
        totals: Mapping[Part, Int64[np.ndarray, " event_and_one"]],
        held: Mapping[Part, Callable[[Position], Int64[np.ndarray, " ask"]]],
    ) -> None:
        self.totals = totals
        self.held = held

    def read(self, part: Part, position: Position) -> Int64[np.ndarray, " ask"]:
        """Give a part before some positions."""
        if part in self.held:
            return self.held[part](position)
        return self.totals[part][position] if part in self.totals else np.zeros_like(position)


@final
class RunningState(AbstractState):
    """Columns in memory.

    Args:
        columns: one for each, in their order.
        timeline: the events that they are columns of, and who asks.

    """

    def __init__(self, columns: Iterable[RunningColumn], timeline: AbstractTimeline) -> None:
        self.columns, self._timeline = tuple(columns), timeline
        self.parts = frozenset(
            part for column in self.columns for part in (*column.totals, *column.held)
        )

    @override
    def at(self, ago: timedelta | None) -> "RunningSnapshot":
        return RunningSnapshot(self, self._timeline.since(ago))


@final
class RunningSnapshot(AbstractSnapshot):
    """Reads a part when it is asked for.

    Args:
        state: the columns.
        position: where to read them.

    """

    def __init__(self, state: RunningState, position: Position) -> None:
        self._state, self._position = state, position

    @property
    @override
    def parts(self) -> frozenset[Part]:
        return self._state.parts

    @property
    @override
    def shape(self) -> tuple[int, int]:
        return len(self._state.columns), len(self._position)

    @override
    def __getitem__(self, part: Part) -> Int64[np.ndarray, "column ask"]:
        found = np.empty(self.shape, np.int64)
        for at, column in enumerate(self._state.columns):
            found[at] = column.read(part, self._position)
        return found
