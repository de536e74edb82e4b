"""The newest events of each ask as lists; asks of one entity share its events in memory."""

from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from banian.features.path import EventPath

LENGTH = 20
"""How many events a sequence holds at most."""


@final
class SequenceBuilder:
    """Collects, chunk by chunk, the events that some ask sees among its newest, and which they are for each ask."""

    def __init__(self, asks: int) -> None:
        self._offset, self._size = np.zeros(asks, np.int32), np.zeros(asks, np.int32)
        self._parts: dict[str, list[pa.Array]] = {}
        self._kept = 0

    def add(
        self,
        events: pa.Table,
        ask: Int[np.ndarray, " ask"],
        first: Int[np.ndarray, " ask"],
        stop: Int[np.ndarray, " ask"],
    ) -> None:
        """Take the events of a chunk, oldest first; `ask` sees those from `first` up to `stop`."""
        start = np.maximum(first, stop - LENGTH)
        opened = np.bincount(start, minlength=len(events) + 1)
        closed = np.bincount(stop, minlength=len(events) + 1)
        is_kept = np.cumsum(opened - closed)[:-1] > 0
        kept_after = np.concatenate([np.cumsum(is_kept[::-1])[::-1], [0]])
        self._offset[ask] = self._kept + np.where(stop > start, kept_after[stop], 0)
        self._size[ask] = stop - start
        newest_first = pa.array(np.flatnonzero(is_kept)[::-1])
        for name in events.column_names:
            kept = events[name].combine_chunks().take(newest_first)
            self._parts.setdefault(name, []).append(kept)
        self._kept += int(is_kept.sum())

    def build(self, path: EventPath) -> pa.Table:
        """Give one list per ask and column, the newest event first; columns are named after the path."""
        offset, size = pa.array(self._offset), pa.array(self._size)
        lists = {}
        while self._parts:  # column by column, so that only one of them is there twice
            name, parts = self._parts.popitem()
            values = pa.chunked_array(parts).unify_dictionaries().combine_chunks()
            lists[name] = pa.ListViewArray.from_arrays(offset, size, values)
        return pa.table({f"{path.name}.{name}": lists[name] for name in sorted(lists)})
