"""Writes the events of a path as a store keeps them: one row for each, with the state of every column after it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.features.engine_events import EngineEvents
from banian.features.entity_plan import HistoryPlan
from banian.features.events import select_events
from banian.features.source import Stretch
from banian.features.state import AbstractState, RunningState
from banian.features.stored_rows import Field, RowsWriter, as_bits
from banian.features.timeline import Timeline
from banian.spec import Availability
from banian.tables import Database

_ALWAYS = 2**62
"""A tick behind all events."""


def write_events(
    database: Database, history: HistoryPlan, keys: ir.Table | None, folders: Sequence[Path]
) -> dict[Availability, list[dict[str, Any]]]:
    """Write the events of a path, for each group of columns into a folder; say what these columns are.

    `keys` (column `key`) are the entities whose events are written, those without events among them; where none are
    given, all that have some.
    """
    if keys is None:
        events = select_events(database, history.path, history.groups)
        keys = events.rows.select("key").distinct()
    order = ibis.row_number().over(ibis.window(order_by=keys.key))
    asks = database.engine.keep(keys.select("key", ask=order, at=ibis.literal(_ALWAYS, "int64")))
    source = EngineEvents(database)
    names = source.keys(asks)
    writers = {
        group.known: RowsWriter(folder)
        for group, folder in zip(history.groups, folders, strict=True)
    }
    columns: dict[Availability, list[dict[str, Any]]] = {known: [] for known in writers}
    for stretch in source.stretches(asks, "", [history]):
        _add(writers, names.take(pa.array(stretch.ask)), stretch, columns)
    for writer in writers.values():
        writer.close()
    database.engine.drop(asks)
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
