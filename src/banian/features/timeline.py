"""The events of some entities in the order in which they became known, and where each ask stands among them."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Int64

from banian.features.ticks import to_ticks
from banian.features.windows import NOW, STEPS

_FEW = 8
"""Asks that are looked for faster one by one than all at once."""


@final
class Timeline:
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
        self.tick, self.at = tick, at
        self.first, self._last = first, last
        self._found: dict[timedelta, Int64[np.ndarray, " ask"]] = {}

    def tick_at(self, position: Int64[np.ndarray, " ask"]) -> Int64[np.ndarray, " ask"]:
        """Give the ticks of events; the asks' own where there is no event at all."""
        return self.tick[position] if len(self.tick) else self.at

    @cached_property
    def stop(self) -> Int64[np.ndarray, " ask"]:
        """Per ask, the first event that it does not see."""
        return self.since(NOW)

    def since(self, ago: timedelta | None) -> Int64[np.ndarray, " ask"]:
        """Per ask, the first event that is at most so long ago; of all time for None."""
        if ago is None:
            return self.first
        if ago not in self._found:
            self._search(STEPS if ago in STEPS else (ago,))
        return self._found[ago]

    def _search(self, agos: Sequence[timedelta]) -> None:
        """Find where some times ago lie among the events, all by one binary search."""
        if len(self.at) <= _FEW:
            self._found |= self._search_one_by_one(agos)
            return
        low = np.tile(self.first, len(agos))
        high = np.tile(self._last, len(agos))
        at = np.concatenate([self.at - to_ticks(ago) for ago in agos])
        while (is_open := low < high).any():
            middle = (low + high) // 2
            is_earlier = self.tick[np.where(is_open, middle, 0)] < at
            low = np.where(is_open & is_earlier, middle + 1, low)
            high = np.where(is_open & ~is_earlier, middle, high)
        self._found |= dict(zip(agos, low.reshape(len(agos), -1), strict=True))

    def _search_one_by_one(
        self, agos: Sequence[timedelta]
    ) -> dict[timedelta, Int64[np.ndarray, " ask"]]:
        asks = list(zip(self.first.tolist(), self._last.tolist(), self.at.tolist(), strict=True))
        return {
            ago: np.array(
                [bisect_left(self.tick, at - to_ticks(ago), *run) for *run, at in asks], np.int64
            )
            for ago in agos
        }


def first_of_each(code: Int64[np.ndarray, " event"]) -> Int64[np.ndarray, " event"]:
    """Give, per event, the position of the first event of its entity; those of an entity stand together.

    >>> first_of_each(np.array([4, 4, 7])).tolist()
    [0, 0, 2]
    """
    position = np.arange(len(code))
    is_first = np.ones(len(code), bool)
    is_first[1:] = code[1:] != code[:-1]
    return np.maximum.accumulate(np.where(is_first, position, 0))
