"""Which columns become features, and what was known of each entity when a row asked.

Never a feature: a label of the same row, what is derived from one, and what becomes known after the row.
"""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.examples.clock import delays_of, known_tick, reads_of, tick_of
from banian.examples.examples import EntityFeatures
from banian.examples.history import Events, summarise_history
from banian.spec import ShopSpec
from banian.tables import Database, Table


def own_columns(spec: ShopSpec, table: Table) -> tuple[str, ...]:
    """Name the columns of a row that were known when it came to be and describe it.

    Not among them: its key, its times, columns with `known_at`, labels of any task, what is derived from them, and what
    they are derived from, unless it is trusted: who knows all that knows the label.
    """
    labels = frozenset[str]().union(*spec.labels_of(table.name).values())
    sources = frozenset[str]().union(*(reads_of(table.spec, label) for label in labels))
    labels |= sources - set(table.spec.trust)
    return tuple(
        name
        for name, kind in table.types.items()
        if kind.kind not in ("time", "other")
        and name != table.spec.key
        and not reads_of(table.spec, name) & (labels | table.spec.known_at.keys())
    )


def entity_features(
    database: Database, entity: str, asks: ir.Table, *, has_time: bool
) -> EntityFeatures:
    """Collect what was known of an entity before each ask; asks have the columns ask, key and at."""
    keys = asks.order_by("ask").key.to_pyarrow()
    present = np.asarray(pc.is_valid(keys))
    parts: list[pa.Table] = []
    if entity in database.tables:
        attributes, found = _attributes(database, database.tables[entity], asks, has_time=has_time)
        parts.append(attributes)
        present = present & found
    if has_time:
        parts += [summarise_history(database.engine, asks, e) for e in _histories(database, entity)]
    return EntityFeatures(present, merge_columns(parts, rows=len(present)))


def merge_columns(parts: list[pa.Table], *, rows: int) -> pa.Table:
    """Put the columns of several tables side by side, sorted by name."""
    columns = {name: part[name] for part in parts for name in part.column_names}
    if not columns:
        return pa.table({"": pa.nulls(rows, pa.float64())}).select([])
    return pa.table({name: columns[name] for name in sorted(columns)})


def select_features(table: Table, rows: ir.Table, columns: tuple[str, ...]) -> dict[str, ir.Column]:
    """Turn columns into what examples hold: numbers as float64, everything else as text."""
    linked = {*table.spec.links, table.spec.scene}
    return {
        name: rows[name].cast(
            "float64"
            if table.types[name].kind in ("whole", "decimal", "boolean") and name not in linked
            else "string"
        )
        for name in columns
    }


def _attributes(
    database: Database, table: Table, asks: ir.Table, *, has_time: bool
) -> tuple[pa.Table, np.ndarray]:
    own = own_columns(database.spec, table)
    known_later = sorted(table.spec.known_at) if has_time else []
    later = tuple(n for n in known_later if table.types[n].kind not in ("time", "other"))
    rows = table.rows
    delays = {name: delays_of(database.spec, table.name, frozenset({name})) for name in later}
    right = rows.select(
        entity_key=rows[str(table.spec.key)],
        since=ibis.null("int64") if table.spec.time is None else tick_of(rows[table.spec.time]),
        **{f"value {n}": c for n, c in select_features(table, rows, (*own, *later)).items()},
        **{f"known {name}": known_tick(table.spec, rows, delays[name]) for name in later},
    )
    joined = asks.left_join(right, asks.key == right.entity_key)
    is_there = joined.entity_key.notnull()
    if table.spec.time is not None and has_time:
        is_there = is_there & (joined.since < joined["at"])
    shown = {}
    for name in (*own, *later):
        value, seen = joined[f"value {name}"], is_there
        if name in later:
            seen = seen & (joined[f"known {name}"] < joined["at"]).fill_null(False)
        shown[f"value {name}"] = seen.ifelse(value, ibis.null(value.type()))
    found = joined.select("ask", there=is_there, **shown).order_by("ask").to_pyarrow()
    there = np.asarray(pc.fill_null(found["there"], False))
    return pa.table({name: found[f"value {name}"] for name in (*own, *later)}), there


def _histories(database: Database, entity: str) -> Iterator[Events]:
    """One group of columns per clock: those known with the event, those known later."""
    spec = database.spec
    for name, links in spec.links_to(entity).items():
        table = database.tables[name]
        if table.spec.time is None:
            continue
        clocks: dict[frozenset[str], list[str]] = {frozenset(): []}
        for column, kind in table.types.items():
            if kind.kind not in ("time", "other"):
                delays = delays_of(spec, name, frozenset({column}))
                clocks.setdefault(delays, []).append(column)
        for link in links:
            prefix = name if len(links) == 1 else f"{name}.{link}"
            for delays, columns in sorted(clocks.items(), key=lambda item: sorted(item[0])):
                yield _events(table, prefix, link, delays, columns)


def _events(
    table: Table, prefix: str, link: str, delays: frozenset[str], columns: list[str]
) -> Events:
    categories = {*table.spec.links, table.spec.scene, table.spec.key}
    numbers = tuple(
        name
        for name in columns
        if table.types[name].kind in ("whole", "decimal", "boolean") and name not in categories
    )
    others = tuple(name for name in columns if name not in (*numbers, link, table.spec.key))
    rows = table.rows
    values = {
        f"column {name}": rows[name].cast("int64")
        if table.types[name].kind == "boolean"
        else rows[name]
        for name in (*numbers, *others)
    }
    selected = rows.select(key=rows[link], tick=known_tick(table.spec, rows, delays), **values)
    return Events(prefix, selected, numbers, others, counts=not delays)
