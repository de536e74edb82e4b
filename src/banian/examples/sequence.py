"""The newest events of each ask as lists; asks of one entity share its events in memory."""

from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Int

LENGTH = 20
"""How many events a sequence holds at most."""


@final
class SequenceBuilder:
    """Collects, chunk by chunk, the events that some ask sees among its newest, and which they are for each ask."""

    def __init__(self, asks: int) -> None:
        self._offset, self._size = np.zeros(asks, np.int32), np.zeros(asks, np.int32)
        self._parts: list[pa.Table] = []
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
        self._parts.append(events.take(pa.array(np.flatnonzero(is_kept)[::-1])))
        self._kept += int(is_kept.sum())

    def build(self) -> pa.Table:
        """Give one list per ask and column, the newest event first."""
        events = pa.concat_tables(self._parts).unify_dictionaries().combine_chunks()
        offset, size = pa.array(self._offset), pa.array(self._size)
        return pa.table(
            {
                name: pa.ListViewArray.from_arrays(offset, size, _whole(events[name]))
                for name in events.column_names
            }
        )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return pa.array([], column.type) if column.num_chunks == 0 else column.combine_chunks()
