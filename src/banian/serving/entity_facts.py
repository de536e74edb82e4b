"""What a service knows of somebody: who there is to ask about, what their own row says, what was seen of them last."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from banian.errors import AskError, nearest
from banian.features import StoredAsks
from banian.features.entity_events import event_paths, read_events
from banian.features.stored_catalogue import sample_catalogue
from banian.features.ticks import from_tick
from banian.inference import Predictor
from banian.inference.asks import readable_columns
from banian.schema import ColumnType
from banian.schema.keyed_hash import hash_value, read_key
from banian.serving.keys import Key
from banian.serving.recommend_body import plain
from banian.serving.refusal import Refusal
from banian.spec import DerivedTableSpec, RowTaskSpec, ShopSpec, SourceTableSpec

_EXAMPLES = 12
_LAST = 20
"""Events of each table that are told."""


def sample_entities(predictor: Predictor, key: Key | None, name: str) -> dict[str, Any]:
    """Give a few of an entity, or rows of a table, to ask about: those with most events among a few.

    Columns with personal data and labels are left out; where keys are personal data nobody is named.

    Raises:
        Refusal: 403, the key is not for it.
        AskError: there is no such table.

    """
    spec, types = predictor.spec, predictor.bundle.types
    _refuse(key, spec, name)
    declared = spec.tables[name]
    home = declared.from_ if isinstance(declared, DerivedTableSpec) else name
    hidden = {*spec.source(home).pii}
    columns = [column for column in _asked(spec, types, name) if column not in hidden]
    if isinstance(declared, DerivedTableSpec):
        columns = [str(declared.key)] if declared.key not in hidden else []
    elif _is_entity(spec, name):
        columns = [one for one in columns if one == declared.key]
    rows = sample_catalogue(predictor.store.folder, home, columns) if columns else pa.table({})
    found = rows.to_pylist()
    if _is_entity(spec, name) and columns:
        found = _most_seen(predictor, name, [str(row[columns[0]]) for row in found], columns[0])
        limit = _limit(key, name)
        found = [row for row in found if limit is None or row[columns[0]] in limit]
    told = [
        {str(column): plain(value) for column, value in row.items() if value is not None}
        for row in found[:_EXAMPLES]
    ]
    return {"name": name, "key": declared.key, "examples": told}


def describe_entity(predictor: Predictor, key: Key | None, name: str, who: str) -> dict[str, Any]:
    """Tell what is known of one of an entity: its own row, and its latest events, those of each table apart.

    Raises:
        Refusal: 403, the key is not for it.
        AskError: there is no such entity.

    """
    spec, types, store = predictor.spec, predictor.bundle.types, predictor.store
    _refuse(key, spec, name)
    limit = _limit(key, name)
    if limit is not None and who not in limit:
        raise _foreign(key)
    if not _is_entity(spec, name):
        raise AskError(
            f"{name!r} is no entity: nothing is kept of its rows one by one.",
            remedy=nearest(name, [one for one in spec.tables if _is_entity(spec, one)]),
        )
    declared = spec.tables[name]
    is_hashed = declared.key in spec.source(name).pii
    keys = pa.array([hash_value(who, read_key()) if is_hashed else who], pa.string())
    end = np.array([(store.facts.end or 0) + 1])
    own = _own_row(predictor, name, keys, end) if name in types else {}
    events = {}
    for table, path in event_paths(spec, name).items():
        hidden = {*spec.source(table).pii}
        seen = read_events(store, name, path, keys, end, most=_LAST)
        source = spec.source(table)
        first = [c for c in (*source.links, str(source.scene)) if c in seen.columns]
        rows = {
            column: _typed(seen.columns[column], types[table].get(column))
            for column in dict.fromkeys([*first, *seen.columns])
            if column not in hidden
        }
        events[table] = [
            {"at": from_tick(tick).isoformat(timespec="seconds")}
            | {column: values[at] for column, values in rows.items() if values[at] is not None}
            for at, tick in enumerate(seen.at.tolist())
        ]
    known = bool(store.knows(name, keys)[0])
    return {"name": name, "key": who, "known": known, "row": own, "events": events}


def _own_row(predictor: Predictor, name: str, keys: pa.Array, end: np.ndarray) -> dict[str, Any]:
    store, hidden = predictor.store, {*predictor.spec.source(name).pii}
    plan = store.plan(name, has_time=True, besides=None)
    shown = [one for one in plan.own if one.column not in hidden]
    found, present = store.attributes(StoredAsks(keys, end, {}), name, plan.own, has_time=True)
    if not present[0]:
        return {}
    told = {}
    for feature in shown:
        values = found[feature.name].combine_chunks()
        kind = predictor.bundle.types[name].get(str(feature.column))
        told[feature.name] = _typed(values, None if feature.statistic == "age" else kind)[0]
    return {column: value for column, value in told.items() if value is not None}


def _typed(values: pa.Array, kind: ColumnType | None) -> list[Any]:
    """Give values as they were before they became numbers."""
    found = [plain(value) for value in values.to_pylist()]
    match None if kind is None or not pa.types.is_floating(values.type) else kind.kind:
        case "whole":
            return [None if value is None else int(value) for value in found]
        case "boolean":
            return [None if value is None else bool(value) for value in found]
        case _:
            return [round(value, 4) if isinstance(value, float) else value for value in found]


def _most_seen(
    predictor: Predictor, name: str, names: list[str], column: str
) -> list[dict[str, Any]]:
    counts = np.zeros(len(names), np.int64)
    end = np.full(len(names), (predictor.store.facts.end or 0) + 1)
    for path in event_paths(predictor.spec, name).values():
        seen = read_events(
            predictor.store, name, path, pa.array(names, pa.string()), end, most=_LAST
        )
        counts += np.bincount(seen.ask, minlength=len(names))
    return [{column: names[at]} for at in np.argsort(-counts, kind="stable")]


def _is_entity(spec: ShopSpec, name: str) -> bool:
    """Say whether something names it, or is asked about it: then a store keeps what is known of each of it."""
    tasks = [task for task in spec.tasks.values() if not isinstance(task, RowTaskSpec)]
    links = (one.links.values() for one in spec.tables.values() if isinstance(one, SourceTableSpec))
    return name in {task.about for task in tasks}.union(*links)


def _asked(spec: ShopSpec, types: Mapping[str, Mapping[str, ColumnType]], name: str) -> list[str]:
    """Name the columns that an ask about a row gives: no label, nothing that becomes known later, no key of the row."""
    declared = spec.tables[name]
    if isinstance(declared, DerivedTableSpec):
        return [declared.key]
    labels = frozenset[str]().union(*spec.labels_of(name).values())
    times = {declared.time, *declared.promised}
    hidden = {*declared.known_at, *labels, *times, *declared.lookup}
    if not _is_entity(spec, name):
        hidden.add(declared.key)
    readable = readable_columns(spec, types, name)
    return [one for one, kind in readable.items() if one not in hidden and kind.kind != "other"]


def _refuse(key: Key | None, spec: ShopSpec, name: str) -> None:
    if name not in spec.tables:
        raise AskError(f"There is no table {name!r}.", remedy=nearest(name, spec.tables))
    if key is None:
        return
    if key.tasks is not None and name not in set(_told(spec, key.tasks)):
        raise _foreign(key)
    entities = {entity for entity in key.scope if entity in spec.tables}
    if entities - {name}:  # of others it may know only what concerns those that it names
        raise _foreign(key)


def _told(spec: ShopSpec, tasks: tuple[str, ...]) -> Iterator[str]:
    """Name the tables that tasks are about, and the entities that their rows link to."""
    for name in tasks:
        if name in spec.tasks:
            about = spec.tasks[name].about
            yield about
            if isinstance(spec.tasks[name], RowTaskSpec):
                yield from spec.source(about).links.values()


def _limit(key: Key | None, name: str) -> tuple[str, ...] | None:
    return None if key is None else key.scope.get(name)


def _foreign(key: Key | None) -> Refusal:
    name = None if key is None else key.name
    return Refusal(
        403,
        f"The key {name!r} may not look at this.",
        remedy="Have a key made with another scope.",
    )
