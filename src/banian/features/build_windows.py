"""Writes the part of a store that windows before an ask read: the events of each key, sorted."""

from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from banian.features.engine_windows import cut_runs, in_runs, starts_of, values_of, window_rows
from banian.features.exact import Numbers
from banian.features.look_back import windowed_events
from banian.features.stored_rows import Field, RowsWriter
from banian.features.stored_windows import (
    COUNTS,
    HIGH,
    KNOWN,
    TICK,
    VALID,
    VALUE,
    key_texts,
    place_of,
)
from banian.features.window import WindowedEvents
from banian.spec.past import aggregates_back, entity_of
from banian.tables import Database

_SIGN = 63
"""Place of the bit that says whether a whole number is negative."""


def windows_back(database: Database) -> dict[str, WindowedEvents]:
    """List what the windows before asks read, for all tasks; name each by its place in the store."""
    spec, types = database.spec, database.types
    reads = (
        windowed_events(spec, types, entity_of(task), part)
        for task in spec.tasks.values()
        for part in aggregates_back(task)
    )
    return {place_of(read): read for read in reads}


def same_of(read: WindowedEvents) -> list[str]:
    """Name the columns that hold what an event has in common with an ask."""
    return [f"same {column}" for column in read.same]


def select_windows(database: Database, read: WindowedEvents, keys: ir.Table | None) -> ir.Table:
    """Select the events that some windows read, those of some keys (`same_of`) or of all, sorted."""
    rows = window_rows(database, read, f"windows of {read.table}")
    same = same_of(read)
    rows = rows.filter(*(rows[key].notnull() for key in same))
    if keys is not None:
        rows = rows.semi_join(keys, same)
    return in_runs(rows, same)


def write_windows(
    batches: pa.RecordBatchReader, read: WindowedEvents, wanted: pa.Array | None, folder: Path
) -> dict[str, Any]:
    """Write the events that some windows read into a folder; say what their values are.

    Args:
        batches: the events, as `select_windows` gives them.
        read: what the windows read.
        wanted: keys, as texts, that are written though they have no events; none where none are.
        folder: where to.

    """
    keys = same_of(read)
    there = [pa.array([], pa.string())]
    writer = RowsWriter(folder)
    facts: dict[str, Any] = {"holds": None, "scale": 0}
    for events, _ in cut_runs(batches, keys):
        starts = starts_of(events.select(keys))
        names = [events[key].take(pa.array(starts)).combine_chunks() for key in keys]
        lengths = np.diff(np.append(starts, len(events)))
        numbers: dict[Field, np.ndarray] = {TICK: events["tick"].to_numpy()}
        texts: dict[Field, pa.Array] = {}
        if "known" in events.column_names:
            numbers[KNOWN] = events["known"].to_numpy()
        if "counts" in events.column_names:
            numbers[COUNTS] = np.asarray(events["counts"]).astype(np.int64)
        if "value" in events.column_names:
            column = events["value"].combine_chunks()
            value = values_of(column)
            if isinstance(value, Numbers):
                is_float = value.low.dtype == np.float64
                facts = {"holds": "float" if is_float else "whole", "scale": value.scale}
                numbers |= {VALUE: value.low, VALID: value.valid.astype(np.int64)}
                if pa.types.is_decimal(column.type):
                    high = value.low >> _SIGN if value.high is None else value.high
                    numbers[HIGH] = high
            else:
                facts = {"holds": "text", "scale": 0}
                texts[VALUE] = column
        there.append(key_texts(names))
        writer.add(there[-1], lengths, numbers, texts)
    writer.add_absent(wanted, pa.concat_arrays(there))
    writer.close()
    return facts
