"""Writes the part of a store that windows before an ask read: the events of each key, sorted."""

from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.features.engine_windows import starts_of, stream_runs, values_of, window_rows
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


def write_windows(
    database: Database, read: WindowedEvents, wanted: ir.Table | None, folder: Path
) -> dict[str, Any]:
    """Write the events that some windows read into a folder; say what their values are.

    `wanted` are the keys whose events are written, those without events among them: `key`, the text that names one, and
    `same COLUMN` for each of its columns. Where none are given, all are.
    """
    rows = window_rows(database, read, f"windows of {read.table}")
    keys = [f"same {column}" for column in read.same]
    rows = rows.filter(*(rows[key].notnull() for key in keys))
    if wanted is not None:
        rows = rows.semi_join(wanted, keys)
    there = [pa.array([], pa.string())]
    writer = RowsWriter(folder)
    facts: dict[str, Any] = {"holds": None, "scale": 0}
    for events, _ in stream_runs(database.engine, rows, keys):
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
    if wanted is not None:
        named = wanted.order_by("key").to_pyarrow()["key"].combine_chunks()
        gone = named.filter(pc.invert(pc.is_in(named, pa.concat_arrays(there))))
        writer.add(gone, np.zeros(len(gone), np.int64), {}, {})
    writer.close()
    return facts
