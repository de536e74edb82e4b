"""The events of some entities in the order in which they became known, and where each ask stands among them."""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Int64
from typing_extensions import override

from banian.features.ticks import to_ticks
from banian.features.windows import NOW, STEPS

_FEW = 8
"""Asks that are looked for faster one by one than all at once."""


class AbstractTimeline(ABC):
    """Events of entities that ask, and where each ask stands among them; one row of positions to a run of events.

    Args:
        at: per ask, its tick; it sees the events before.

    """

    def __init__(self, at: Int64[np.ndarray, " ask"]) -> None:
        self.at = at

    @property
    def stop(self) -> Int64[np.ndarray, "*run ask"]:
        """Per ask, the first event that it does not see."""
        return self.since(NOW)

    @abstractmethod
    def since(self, ago: timedelta | None) -> Int64[np.ndarray, "*run ask"]:
        """Per ask, the first event that is at most so long ago; of all time for None."""

    @abstractmethod
    def tick_at(self, position: Int64[np.ndarray, "*run ask"]) -> Int64[np.ndarray, "*_ ask"]:
        """Give the ticks of events; the asks' own where there is no event at all."""


@final
class Timeline(AbstractTimeline):
    """Events sorted by entity and tick, and asks about these entities, each at a tick.

    An ask sees the events of its entity before its tick. Positions are those of events; a run of events is given by
    where it starts and stops.

    Args:
        tick: of each event, when its columns became known.
        first: per ask, the first event of its entity.
        last: per ask, the position behind the last event of its entity.
        at: per ask, its tick.

    """

    def __init__(
        self,
        tick: Int64[np.ndarray, " event"],
        first: Int64[np.ndarray, " ask"],
        last: Int64[np.ndarray, " ask"],
        at: Int64[np.ndarray, " ask"],
    ) -> None:
        super().__init__(at)
        self.tick, self.first, self._last = tick, first, last

    @override
    def tick_at(self, position: Int64[np.ndarray, "*run ask"]) -> Int64[np.ndarray, "*_ ask"]:
        return self.tick[position] if len(self.tick) else self.at

    @override
    def since(self, ago: timedelta | None) -> Int64[np.ndarray, " ask"]:
        return self.first if ago is None else self.steps[STEPS.index(ago)]

    @cached_property
    def steps(self) -> Int64[np.ndarray, "step ask"]:
        """Per ask, the first event that is at most so long ago, for all times ago of STEPS, by one binary search."""
        agos = [to_ticks(ago) for ago in STEPS]
        if len(self.at) <= _FEW:
            return self._search_one_by_one(agos)
        last = self._last - 1
        low = np.tile(self.first - 1, (len(agos), 1))  # the last event that is surely before
        at = self.at - np.array(agos)[:, None]
        longest = int((self._last - self.first).max(initial=0))
        step = 1 << longest.bit_length() >> 1
        while step:  # who has gone beyond the last event is brought back at the end
            low += (self.tick[np.minimum(low + step, last)] < at) * step
            step //= 2
        return np.minimum(low, last) + 1

    def _search_one_by_one(self, agos: Sequence[int]) -> Int64[np.ndarray, "step ask"]:
        asks = list(zip(self.first.tolist(), self._last.tolist(), self.at.tolist(), strict=True))
        found = np.empty((len(agos), len(asks)), np.int64)
        for place, (first, last, at) in enumerate(asks):
            for step, ago in enumerate(agos):  # the longer ago, the earlier
                last = bisect_left(self.tick, at - ago, first, last)
                found[step, place] = last
        return found


def first_of_each(code: Int64[np.ndarray, " event"]) -> Int64[np.ndarray, " event"]:
    """Give, per event, the position of the first event of its entity; those of an entity stand together.

    >>> first_of_each(np.array([4, 4, 7])).tolist()
    [0, 0, 2]
    """
    position = np.arange(len(code))
    is_first = np.ones(len(code), bool)
    is_first[1:] = code[1:] != code[:-1]
    return np.maximum.accumulate(np.where(is_first, position, 0))
