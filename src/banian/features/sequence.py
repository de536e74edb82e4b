"""The newest events of each ask as lists; asks of one entity share its events in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from banian.features.path import EventPath

LENGTH = 20
"""How many events a sequence holds at most."""
Shown: TypeAlias = Mapping[str, pa.Array]
"""Column → what a sequence shows of it, event by event."""


@final
@dataclass(frozen=True)
class Newest:
    """Events, oldest first, and which of them each ask sees.

    Args:
        ask: which asks these are.
        shown: what there is to see of them.
        first: per ask, the first that it sees.
        stop: per ask, the position behind the last that it sees.

    """

    ask: Int[np.ndarray, " ask"]
    shown: Shown
    first: Int[np.ndarray, " ask"]
    stop: Int[np.ndarray, " ask"]


@final
class SequenceBuilder:
    """Collects, chunk by chunk, the events that some ask sees among its newest, and which they are for each ask."""

    def __init__(self, asks: int) -> None:
        self._offset, self._size = np.zeros(asks, np.int32), np.zeros(asks, np.int32)
        self._parts: dict[str, list[pa.Array]] = {}
        self._kept = 0

    def add(self, newest: Newest) -> None:
        """Take the events that some asks see."""
        ask, events, first, stop = newest.ask, newest.shown, newest.first, newest.stop
        if not events:
            return
        count = len(next(iter(events.values())))
        start = np.maximum(first, stop - LENGTH)
        opened = np.bincount(start, minlength=count + 1)
        closed = np.bincount(stop, minlength=count + 1)
        is_kept = np.cumsum(opened - closed)[:-1] > 0
        kept_after = np.concatenate([np.cumsum(is_kept[::-1])[::-1], [0]])
        self._offset[ask] = self._kept + np.where(stop > start, kept_after[stop], 0)
        self._size[ask] = stop - start
        newest_first = pa.array(np.flatnonzero(is_kept)[::-1])
        for name, values in events.items():
            self._parts.setdefault(name, []).append(values.take(newest_first))
        self._kept += int(is_kept.sum())

    def build(self, path: EventPath) -> pa.Table:
        """Give one list per ask and column, the newest event first; columns are named after the path."""
        offset, size = pa.array(self._offset), pa.array(self._size)
        lists = {}
        while self._parts:  # column by column, so that only one of them is there twice
            name, parts = self._parts.popitem()
            lists[name] = pa.ListViewArray.from_arrays(offset, size, _chain(parts))
        return pa.table({f"{path.name}.{name}": lists[name] for name in sorted(lists)})


def _chain(parts: Sequence[pa.Array]) -> pa.Array:
    if len(parts) == 1:
        return parts[0]
    return pa.chunked_array(parts).unify_dictionaries().combine_chunks()
