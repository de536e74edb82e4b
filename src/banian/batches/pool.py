"""The newest events of many rows, each event once."""

from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float64, Int64

GAP = ".gap.days"
"""How the column ends that tells the time between an event and the one before."""
_DAY = 86_400e6


@final
@dataclass(frozen=True)
class Pool:
    """Events, and which of them a row sees: so many from `first` on, the newest first."""

    columns: pa.Table
    """What is known of each event; the time between events is left out."""
    first: Int64[np.ndarray, " row"]
    count: Int64[np.ndarray, " row"]
    age: Float64[np.ndarray, "row step"]
    """Days since each event that a row sees; 0 where it sees none, or where nobody knows."""


def pool_events(lists: pa.Table, recency: Float64[np.ndarray, " row"], length: int) -> Pool:
    """Collect the newest events, at most so many per row; `recency` are the days since the newest one.

    Lists overlap in memory, and so do the rows of the pool: an event that many rows see is held once.
    """
    chunks = {name: _whole(lists[name]) for name in lists.column_names}
    one = next(iter(chunks.values()))
    start = one.offsets.to_numpy().astype(np.int64)
    count = np.minimum(one.sizes.to_numpy().astype(np.int64), length)
    start = np.where(count > 0, start, 0)
    events = len(one.values)
    opened = np.bincount(start[count > 0], minlength=events + 1)
    closed = np.bincount((start + count)[count > 0], minlength=events + 1)
    is_seen = np.cumsum(opened - closed)[:events] > 0
    place = np.concatenate([np.cumsum(is_seen) - 1, [0]])
    seen = pa.array(np.flatnonzero(is_seen))
    steps = np.arange(length)
    age = np.zeros((len(start), length))
    columns = {}
    for name, chunk in chunks.items():
        if name.endswith(GAP):
            # The time between an event and the newest is a difference of running sums: of whole ticks, so that it
            # is exact, whatever was summed before.
            ticks = np.rint(pc.fill_null(chunk.values, 0.0).to_numpy() * _DAY).astype(np.int64)
            since = np.concatenate([[0], np.cumsum(ticks)])
            at = np.minimum(start[:, None] + steps, events)
            age = recency[:, None] + (since[at] - since[start][:, None]) / _DAY
        else:
            values = chunk.values.take(seen)
            is_text = pa.types.is_dictionary(values.type)
            columns[name] = values.dictionary_decode() if is_text else values
    is_there = steps < count[:, None]
    first = np.where(count > 0, place[start], 0)
    kept = pa.table(columns) if columns else pa.table({"": pa.nulls(len(seen))}).select([])
    return Pool(kept, first, count, np.where(is_there, age, 0.0))


def _whole(column: pa.ChunkedArray) -> pa.ListViewArray:
    # A single chunk as it lies: joining would copy the events of rows that were left out.
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
