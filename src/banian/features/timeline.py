"""The events of some entities in the order in which they became known, and where each ask stands among them."""

from datetime import timedelta
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Int

from banian.features.ticks import to_ticks


@final
class Timeline:
    """Events sorted by entity and tick; asks about these entities, each at a tick.

    An ask sees the events of its entity before its tick. Positions are those of events; a run of events is given by
    where it starts and stops.
    """

    def __init__(
        self,
        code: Int[np.ndarray, " event"],
        tick: Int[np.ndarray, " event"],
        asked: Int[np.ndarray, " ask"],
        at: Int[np.ndarray, " ask"],
    ) -> None:
        self.tick = tick
        self.at = at
        self.first = np.searchsorted(code, asked, side="left")
        """Per ask, the first event of its entity."""
        self._last = np.searchsorted(code, asked, side="right")
        self._code = code
        self._found: dict[timedelta, Int[np.ndarray, " ask"]] = {}

    def tick_at(self, position: Int[np.ndarray, " ask"]) -> Int[np.ndarray, " ask"]:
        """Give the ticks of events; the asks' own where there is no event at all."""
        return self.tick[position] if len(self.tick) else self.at

    @cached_property
    def stop(self) -> Int[np.ndarray, " ask"]:
        """Per ask, the first event that it does not see."""
        return self.since(timedelta(0))

    @cached_property
    def starts(self) -> Int[np.ndarray, " event"]:
        """Per event, the first event of its entity."""
        position = np.arange(len(self._code))
        is_first = np.ones(len(self._code), bool)
        is_first[1:] = self._code[1:] != self._code[:-1]
        return np.maximum.accumulate(np.where(is_first, position, 0))

    def since(self, ago: timedelta | None) -> Int[np.ndarray, " ask"]:
        """Per ask, the first event that is at most so long ago; of all time for None."""
        if ago is None:
            return self.first
        if ago not in self._found:
            self._found[ago] = self._search(self.at - to_ticks(ago))
        return self._found[ago]

    def _search(self, at: Int[np.ndarray, " ask"]) -> Int[np.ndarray, " ask"]:
        low, high = self.first.copy(), self._last.copy()
        while (is_open := low < high).any():
            middle = (low + high) // 2
            is_earlier = self.tick[np.where(is_open, middle, 0)] < at
            low = np.where(is_open & is_earlier, middle + 1, low)
            high = np.where(is_open & ~is_earlier, middle, high)
        return low
