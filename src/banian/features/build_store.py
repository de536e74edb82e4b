"""Writes the store: the state of each entity after each of its events, and what entities say of themselves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.features.attributes import changes_of
from banian.features.build_asked_row import plan_asked_rows, write_lookups
from banian.features.build_windows import windows_back, write_windows
from banian.features.columns import own_features
from banian.features.engine_events import EngineEvents, one_each
from banian.features.engine_ticks import known_tick, since_of
from banian.features.entity_plan import HistoryPlan
from banian.features.events import select_events
from banian.features.feature import Feature
from banian.features.path import EventPath, onward_links, static_paths_to
from banian.features.plan import attributes_of, entities_of_task, static_features
from banian.features.source import Stretch
from banian.features.state import AbstractState, RunningState
from banian.features.stored_events import FORMAT, INDEX, sum_declared
from banian.features.stored_rows import NEVER, Field, RowsWriter, as_bits
from banian.features.ticks import to_tick
from banian.spec import Availability
from banian.storage import new_folder
from banian.tables import POSITION, Database, has_several

_ALWAYS = 2**62
"""A tick behind all events."""


def build_store(
    database: Database, folder: Path, announce: Callable[[str], None] = lambda _: None
) -> None:
    """Write the store of all entities that the tasks of a database are told of; an earlier one is replaced.

    `announce` is told what comes next.
    """
    spec = database.spec
    entities = {
        one.entity: None
        for task in spec.tasks.values()
        for one in entities_of_task(spec, task)
        if one.key is not None
    }
    source = EngineEvents(database)
    with new_folder(folder) as partial:
        parts: list[dict[str, Any]] = []

        def place(**facts: Any) -> Path:  # noqa: ANN401
            parts.append(facts)
            return partial / str(len(parts) - 1)

        for entity in entities:
            announce(entity)
            if entity in database.tables:
                _write_attributes(database, entity, place(kind="attributes", entity=entity))
            for path in static_paths_to(spec, entity):
                is_one = not has_several(database.tables[path.table], path.link)
                where = place(kind="static", entity=entity, path=path.name, describes=is_one)
                _write_static(database, entity, path, where)
            for history in source.plan(entity, has_time=True, besides=None).histories:
                places = [partial / str(len(parts) + at) for at in range(len(history.groups))]
                columns = _write_events(database, history, places)
                parts += [
                    {
                        "kind": "events",
                        "entity": entity,
                        "path": history.path.name,
                        "known": str(group.known),
                        "columns": columns[group.known],
                    }
                    for group in history.groups
                ]
        for name, read in windows_back(database).items():
            at = len(parts)
            facts = write_windows(database, read, partial / str(at))
            parts.append({"kind": "windows", "read": name, **facts})
        levels = {name: source.level_sql(name) for name in spec.tasks}
        write_lookups(database, place)
        asked = {name: row.to_dict() for name, row in plan_asked_rows(database).items()}
        latest = database.latest()
        (partial / INDEX).write_text(
            json.dumps(
                {
                    "format": FORMAT,
                    "declared": sum_declared(spec, database.types),
                    "parts": parts,
                    "levels": levels,
                    "asked": asked,
                    "latest": None if latest is None else to_tick(latest),
                }
            ),
            encoding="utf-8",
        )


def _write_attributes(database: Database, entity: str, folder: Path) -> None:
    """Write one row for each key: its features, when they are known, and what it links on to."""
    spec, types, table = database.spec, database.types, database.tables[entity]
    names = attributes_of(spec, types, entity, has_time=table.spec.time is not None)
    features = list(own_features(spec, entity, types[entity], names))
    known = {one.known for one in features if not one.known.is_at_row}
    ticks: dict[Field, ir.Value] = {("since",): since_of(table)}
    ticks |= {("known", str(one)): known_tick(table.spec, table.rows, one) for one in known}
    links: dict[Field, ir.Value] = {
        ("link", column): table.rows[column].cast("string") for column in onward_links(spec, entity)
    }
    _write_keyed(table.rows, str(table.spec.key), features, ticks, links, folder)


def _write_static(database: Database, entity: str, path: EventPath, folder: Path) -> None:
    table = database.tables[path.table]
    features = list(static_features(database.spec, database.types, entity, path))
    only = one_each(table, path.link)
    rows = table.rows.semi_join(only, table.rows[POSITION] == only.place)
    _write_keyed(rows, path.link, features, {}, {}, folder)


def _write_keyed(
    rows: ir.Table,
    key: str,
    features: list[Feature],
    ticks: dict[Field, ir.Value],
    links: dict[Field, ir.Value],
    folder: Path,
) -> None:
    made = {
        ("feature", str(one.column)): change(rows[column])
        for one, (column, change) in changes_of(features)
    }
    named = {
        f"field {at}": value
        for at, value in enumerate([*made.values(), *ticks.values(), *links.values()])
    }
    read = rows.select(key=rows[key].cast("string"), **named).order_by("key").to_pyarrow()
    numbers: dict[Field, np.ndarray] = {}
    texts: dict[Field, pa.Array] = {}
    for at, field in enumerate([*made, *ticks, *links]):
        column = read[f"field {at}"].combine_chunks()
        if pa.types.is_floating(column.type):
            numbers[field] = as_bits(pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False))
        elif pa.types.is_integer(column.type) or pa.types.is_null(column.type):
            numbers[field] = pc.fill_null(column.cast(pa.int64()), NEVER).to_numpy(
                zero_copy_only=False
            )
        else:
            texts[field] = column
    writer = RowsWriter(folder)
    writer.add(read["key"].combine_chunks(), np.ones(len(read), np.int64), numbers, texts)
    writer.close()


def _write_events(
    database: Database, history: HistoryPlan, folders: list[Path]
) -> dict[Availability, list[dict[str, Any]]]:
    """Write the events of all entities of a path, for each group of columns into a folder; say what these are."""
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
    for _, stretches in source.stretches(asks, "", [history]):
        for group, stretch in stretches:
            _add(writers[group.known], names, stretch, columns[group.known])
    for writer in writers.values():
        writer.close()
    database.engine.drop(asks)
    return columns


def _add(
    writer: RowsWriter, names: pa.Array, stretch: Stretch, facts: list[dict[str, Any]]
) -> None:
    timeline = stretch.timeline
    lengths = timeline.stop - timeline.first
    starts = np.repeat(timeline.first, lengths)
    numbers: dict[Field, np.ndarray] = {("tick",): timeline.tick}
    if stretch.gaps is not None:
        numbers |= _states(None, stretch.gaps, 0, starts)
    for columns in stretch.columns:
        for at, name in enumerate(columns.names):
            unit = None if columns.units is None else float(columns.units[at])
            fact = {"name": name, "kind": columns.kind, "unit": unit}
            if fact not in facts:
                facts.append(fact)
            numbers |= _states(name, columns.state, at, starts)
    shown, _, _ = stretch.newest()
    texts: dict[Field, pa.Array] = {}
    for name in shown.column_names:
        values = shown[name].combine_chunks()
        if pa.types.is_dictionary(values.type):
            texts["shown", name] = values
        else:
            numbers["shown", name] = as_bits(
                pc.fill_null(values, np.nan).to_numpy(zero_copy_only=False)
            )
    writer.add(names.take(pa.array(stretch.ask)), lengths, numbers, texts)


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
