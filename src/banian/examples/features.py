"""Which columns become features, and what was known of each entity when a row asked.

Never a feature: a label of the same row, what is derived from one, and what becomes known after the row.
"""

from collections.abc import Iterator, Mapping

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.examples.clock import delays_of, known_tick, reads_of, tick_of
from banian.examples.examples import EntityFeatures
from banian.examples.history import Asking, Clock, Events, read_history
from banian.examples.paths import Path, onward_links, paths_to
from banian.spec import RowTaskSpec, ShopSpec
from banian.tables import Database, Table


def own_columns(spec: ShopSpec, table: Table) -> tuple[str, ...]:
    """Name the columns of a row that were known when it came to be and describe it.

    Not among them: its key, its times, labels of any task and what is derived from them, columns with `known_at`.
    """
    labels = {
        task.label
        for task in spec.tasks.values()
        if isinstance(task, RowTaskSpec) and task.rows == table.name and isinstance(task.label, str)
    }
    return tuple(
        name
        for name, kind in table.types.items()
        if kind.kind not in ("time", "other")
        and name != table.spec.key
        and not reads_of(table.spec, name) & (labels | table.spec.known_at.keys())
    )


def own_numbers(spec: ShopSpec, table: Table) -> tuple[str, ...]:
    """Name those of them that one can compute with."""
    names = {*table.spec.links, table.spec.scene}
    own = own_columns(spec, table)
    return tuple(name for name in own if table.types[name].is_number and name not in names)


def entity_features(
    database: Database, entity: str, asks: ir.Table, *, has_time: bool
) -> EntityFeatures:
    """Collect what was known of an entity before each ask; asks have the columns ask, key and at."""
    keys = asks.order_by("ask").key.to_pyarrow()
    present, rows = np.asarray(pc.is_valid(keys)), len(keys)
    features: list[pa.Table] = []
    sequences: list[pa.Table] = []
    if entity in database.tables:
        attributes, found = _attributes(database, database.tables[entity], asks, has_time=has_time)
        features.append(attributes)
        present = present & found
    paths = list(paths_to(database.spec, entity)) if has_time else []
    if paths:
        asking = Asking(database.engine, asks)
        for path in paths:
            summary, newest = read_history(asking, _events(database, path), asks=rows)
            features.append(summary)
            sequences.append(newest)
        asking.close()
    newest = pa.table({n: t[n] for t in sequences for n in t.column_names})
    return EntityFeatures(present, merge_columns(features, rows=rows), newest)


def parents_of(
    database: Database, entity: str, asks: ir.Table, *, has_time: bool
) -> Iterator[tuple[str, ir.Table]]:
    """Give the entities to which an entity links on, and the asks about each.

    They are known as soon as the entity itself is.
    """
    for column, parent in onward_links(database.spec, entity).items():
        table = database.tables[entity]
        right = table.rows.select(
            entity_key=table.rows[str(table.spec.key)],
            parent=table.rows[column],
            since=_since(table),
        )
        joined = asks.left_join(right, asks.key == right.entity_key)
        key = joined.parent
        if has_time and table.spec.time is not None:
            key = (joined.since < joined["at"]).ifelse(key, ibis.null(key.type()))
        asked = joined.select("ask", "at", key=key)
        yield parent, database.engine.create_table(ibis.util.gen_name("asks"), asked)


def relative_numbers(
    spec: ShopSpec, table: Table, own: pa.Table, linked: Mapping[str, EntityFeatures]
) -> pa.Table:
    """Divide a row's own numbers by their past mean for the entities that it links to; `linked` is by column."""
    found = {}
    for column, seen in linked.items():
        entity = table.spec.links[column]
        prefix = next(
            p.name for p in paths_to(spec, entity) if (p.table, p.link) == (table.name, column)
        )
        for number in own_numbers(spec, table):
            mean = seen.columns[f"{prefix}.{number}.mean.all"]
            usual = pc.if_else(pc.equal(mean, 0.0), None, mean)
            found[f"{number}.relative.{column}"] = pc.divide(own[number], usual)
    return pa.table(found)


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
        since=_since(table),
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


def _since(table: Table) -> ir.Value:
    time = table.spec.time
    return ibis.null("int64") if time is None else tick_of(table.rows[time])


def _events(database: Database, path: Path) -> Events:
    """Select what an entity sees of a table; an event that comes through another entity waits until that is known."""
    spec, table = database.spec, database.tables[path.table]
    clocks: dict[frozenset[str], list[str]] = {frozenset(): []}
    for column, kind in table.types.items():
        if kind.kind not in ("time", "other") and column not in (path.link, table.spec.key):
            delays = delays_of(spec, table.name, frozenset({column}))
            clocks.setdefault(delays, []).append(column)
    ordered = sorted(clocks, key=sorted)
    ticks = {f"tick {n}": known_tick(table.spec, table.rows, d) for n, d in enumerate(ordered)}
    columns = {
        f"column {name}": table.rows[name].cast("int64")
        if table.types[name].kind == "boolean"
        else table.rows[name]
        for names in clocks.values()
        for name in names
    }
    rows = table.rows.select(key=table.rows[path.link], **ticks, **columns)
    if path.via is not None:
        between = database.tables[path.via]
        other = between.rows.select(
            via=between.rows[str(between.spec.key)],
            onward=between.rows[str(path.onward)],
            since=_since(between),
        )
        joined = rows.join(other, rows.key == other.via)
        later = {
            name: joined[name]
            .isnull()
            .ifelse(
                ibis.null("int64"), ibis.greatest(joined[name], joined.since.fill_null(-(2**62)))
            )
            for name in ticks
        }
        rows = joined.select(*columns, key=joined.onward, **later)
    parts = tuple(_clock(table, clocks[delays], is_own=not delays) for delays in ordered)
    return Events(path.name, rows.filter(rows.key.notnull()), parts)


def _clock(table: Table, columns: list[str], *, is_own: bool) -> Clock:
    names = {*table.spec.links, table.spec.scene}
    numbers = tuple(n for n in columns if table.types[n].is_number and n not in names)
    truths = tuple(n for n in columns if table.types[n].kind == "boolean" and n not in names)
    return Clock(numbers, truths, tuple(n for n in columns if n not in (*numbers, *truths)), is_own)
