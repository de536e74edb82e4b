"""Writes the events of a path as a store keeps them: one row for each, with the state of every column after it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.features.engine_windows import cut_runs, starts_of
from banian.features.entity_plan import HistoryPlan
from banian.features.event_stretches import in_time, stretches_of
from banian.features.events import select_events
from banian.features.source import Stretch
from banian.features.state import AbstractState, RunningState
from banian.features.stored_rows import Field, RowsWriter, as_bits
from banian.features.timeline import Timeline
from banian.spec import Availability
from banian.tables import Database

_ALWAYS = 2**62
"""A tick behind all events."""


def select_written(database: Database, history: HistoryPlan, keys: ir.Table | None) -> ir.Table:
    """Select the events of a path that are written, those of some keys (column `key`) or of all, sorted."""
    events = select_events(database, history.path, history.groups)
    rows = events.rows.filter(events.rows["tick 0"] < _ALWAYS)
    if keys is not None:
        rows = rows.semi_join(keys, "key")
    return in_time(rows, history.groups, "key")


def write_events(
    batches: pa.RecordBatchReader,
    history: HistoryPlan,
    wanted: pa.Array | None,
    folders: Sequence[Path],
) -> dict[Availability, list[dict[str, Any]]]:
    """Write the events of a path, for each group of columns into a folder; say what these columns are.

    Args:
        batches: the events, as `select_written` sorts them.
        history: how they reach the entity, and the groups of their columns.
        wanted: keys, as text, that are written though they have no events; none where none are.
        folders: where to, one for each group.

    """
    writers = {
        group.known: RowsWriter(folder)
        for group, folder in zip(history.groups, folders, strict=True)
    }
    columns: dict[Availability, list[dict[str, Any]]] = {known: [] for known in writers}
    there = [pa.array([], pa.string())]
    for chunk, _ in cut_runs(batches, ["key"]):
        first = starts_of(chunk.select(["key"]))
        names = chunk["key"].take(pa.array(first)).combine_chunks().cast(pa.string())
        there.append(names)
        is_first = np.zeros(len(chunk), np.int64)
        is_first[first] = 1
        chunk = chunk.append_column("code", pa.array(np.cumsum(is_first) - 1))
        every = np.arange(len(names))
        at = np.full(len(names), _ALWAYS)
        for stretch in stretches_of(history, chunk, every, every, at):
            _add(writers, names, stretch, columns)
    for writer in writers.values():
        writer.add_absent(wanted, pa.concat_arrays(there))
        writer.close()
    return columns


def _add(
    writers: Mapping[Availability, RowsWriter],
    keys: pa.Array,
    stretch: Stretch,
    facts: Mapping[Availability, list[dict[str, Any]]],
) -> None:
    """Write the events of some keys, all columns of which become known together."""
    numbers, found = dict[Field, np.ndarray](), list[dict[str, Any]]()
    for columns in stretch.columns:
        timeline = columns.timeline
        assert isinstance(timeline, Timeline)
        numbers["tick",] = timeline.tick
        starts = np.repeat(timeline.first, timeline.stop - timeline.first)
        for at, (_, name) in enumerate(columns.names):
            unit = None if columns.units is None else float(columns.units[at])
            if name is not None:
                found.append({"name": name, "kind": columns.kind, "unit": unit})
            numbers |= _states(name, columns.state, at, starts)
    ((_, group, newest),) = stretch.newest()
    texts: dict[Field, pa.Array] = {}
    for name, values in newest.shown.items():
        if pa.types.is_dictionary(values.type):
            texts["shown", name] = values
        else:
            numbers["shown", name] = as_bits(
                pc.fill_null(values, np.nan).to_numpy(zero_copy_only=False)
            )
    known = facts[group.known]
    known += [one for one in found if one not in known]
    writers[group.known].add(keys, newest.stop - newest.first, numbers, texts)


def _states(
    name: str | None, state: AbstractState, at: int, starts: np.ndarray
) -> dict[Field, np.ndarray]:
    """Give the state of a column after each event: what added up since the entity's first, and what was held."""
    assert isinstance(state, RunningState)
    column, behind = state.columns[at], np.arange(1, len(starts) + 1)
    found: dict[Field, np.ndarray] = {}
    for part in column.totals:
        found["state", name, *part] = column.read(part, behind) - column.read(part, starts)
    for part in column.held:
        found["state", name, *part] = column.read(part, behind)
    return found
