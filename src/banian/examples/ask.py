"""Who is asked about, and when: one engine row per example."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import final

import ibis
import ibis.expr.types as ir

from banian.errors import SpecError, nearest
from banian.examples.conditions import flag_entities, flag_rows, refuse_late
from banian.features.asks import OWN
from banian.features.availability import availability_of
from banian.features.engine_ticks import known_tick, tick_of
from banian.features.ticks import to_tick
from banian.predictions import PREDICTED
from banian.spec import (
    EntityTaskSpec,
    IdSplitSpec,
    RowTaskSpec,
    ShopSpec,
    SourceTableSpec,
)
from banian.spec.node import Aggregate, columns_of, windowed_of
from banian.tables import POSITION, Database, Table

_ALWAYS = -(2**62)  # an entity table without time: its rows have been there all along


@final
@dataclass(frozen=True)
class Asks:
    """The asking rows of one grain, in a total order that the order of the file does not change."""

    grain: str
    tasks: tuple[str, ...]
    rows: ir.Table
    """Columns ask (0, 1, …), cutoff and at (ticks: features see ticks < at), `asks TASK` for each task, and `key` at
    entity grain or, at row grain, `known TASK` (the label column's tick), POSITION and the table's columns that some
    task reads, prefixed `own `.
    Cutoff and at are null in a static table."""
    keys: Mapping[str, str]
    """The user's name of a column that names the row → its column of `rows`: the key, else its place and its links."""
    cluster: str
    """Column of `rows` that names the entity to which a row belongs."""


def ask_entities(
    database: Database,
    entity: str,
    tasks: dict[str, EntityTaskSpec],
    cutoffs: tuple[datetime, ...],
) -> Asks:
    """Ask about every entity that exists at each cutoff and has the history that a task wants."""
    engine = database.engine
    moments = ibis.memtable({"cutoff": [to_tick(at) for at in cutoffs]}, schema={"cutoff": "int64"})
    born = keys_of(database, entity)
    pairs = born.join(moments, born.since <= moments.cutoff)
    pairs = pairs.select("key", "cutoff", at=pairs.cutoff + 1)
    order = ibis.window(order_by=["cutoff", "key"])
    pairs = engine.keep(pairs.mutate(ask=ibis.row_number().over(order)))
    rows = flag_entities(database, pairs, tasks)
    wanted = rows.filter(ibis.or_(*(rows[f"asks {name}"] for name in tasks)))
    rows = engine.keep(wanted.mutate(ask=ibis.row_number().over(order)))
    return Asks(
        entity, tuple(tasks), rows, keys={_key_name(database, entity): "key"}, cluster="key"
    )


def ask_rows(
    database: Database, table: Table, tasks: dict[str, RowTaskSpec], since: datetime | None
) -> Asks:
    """Ask about every row of a table at its own time, from `since` on where that is given.

    Raises:
        LeakageError: which rows are asked about would show only after they ask.

    """
    rows, spec = table.rows, table.spec
    for name, task in tasks.items():
        read = columns_of(task.condition) if task.condition is not None else frozenset()
        refuse_late(database, table, read, f"tasks.{name}.where")
    cutoff = ibis.null("int64") if spec.time is None else tick_of(rows[spec.time])
    asks = rows.select(
        **{OWN + column: rows[column] for column in (*_read_of(database, table, tasks), POSITION)},
        cutoff=cutoff,
        at=cutoff,
        **({} if spec.key else {"content": _content(rows, tuple(table.types))}),
        **_known_ticks(database, table),
    )
    if spec.time is not None and since is not None:
        asks = asks.filter(asks.cutoff >= to_tick(since))
    own_key = OWN + (spec.key or POSITION)
    unique = own_key if spec.key is not None else "content"
    order = ibis.window(order_by=["cutoff", unique, OWN + POSITION])
    asks = asks.mutate(ask=ibis.row_number().over(order))
    if any(task.condition is not None and windowed_of(task.condition) for task in tasks.values()):
        asks = database.engine.keep(asks)  # every window would number them anew
    flagged = flag_rows(database, table, asks, tasks)
    wanted = flagged.filter(ibis.or_(*(flagged[f"asks {name}"] for name in tasks)))
    return Asks(
        table.name,
        tuple(tasks),
        database.engine.keep(wanted.mutate(ask=ibis.row_number().over(order))),
        keys={spec.key: own_key} if spec.key else _place_and_links(spec),
        cluster=_cluster(database.spec, table, unique),
    )


def _read_of(database: Database, table: Table, tasks: dict[str, RowTaskSpec]) -> tuple[str, ...]:
    """Name the columns of the asking rows that questions read; thousands of others need not be carried along."""
    spec, split = table.spec, database.spec.split
    read = {spec.key, spec.scene, *spec.links}
    if isinstance(split, IdSplitSpec):
        read.add(split.by)
    for task in tasks.values():
        read |= {task.treatment, task.weight}
        for node in (task.tree, task.condition):
            for part in () if node is None else windowed_of(node):
                read |= {*part.same} if isinstance(part, Aggregate) else set()
            read |= set() if node is None else columns_of(node)
    missing = read - {*table.types, None, "id"}
    return tuple(c for c in table.types if missing or c in read)  # who misses one names all


def _place_and_links(spec: SourceTableSpec) -> dict[str, str]:
    """Name a row without a key by its place in the source, and say whose it is."""
    links = {name: OWN + name for name in spec.links if name not in (*PREDICTED, "row")}
    return {"row": OWN + POSITION, **links}


def _known_ticks(database: Database, table: Table) -> dict[str, ir.Value]:
    """Give, for each task whose label stands in the row, the tick at which it is known."""
    known: dict[str, ir.Value] = {}
    for name, columns in database.spec.labels_of(table.name).items():
        known[f"known {name}"] = ibis.literal(0, "int64")
        if table.spec.time is not None:
            when = availability_of(database.spec, table.name, *columns)
            known[f"known {name}"] = known_tick(table.spec, table.rows, when)
    return known


def keys_of(database: Database, entity: str) -> ir.Table:
    """Give every key of an entity and the tick since which it exists."""
    spec = database.spec.tables[entity]
    if isinstance(spec, SourceTableSpec):
        table = database.tables[entity]
        return table.rows.select(key=table.rows[str(spec.key)], since=_time_of(table))
    events = database.tables[spec.from_]
    rows = events.rows.select(key=events.rows[spec.key], tick=_time_of(events))
    rows = rows.filter(rows.key.notnull())
    return rows.group_by("key").aggregate(since=rows.tick.min())


def _time_of(table: Table) -> ir.Value:
    time = table.spec.time
    return ibis.literal(_ALWAYS, "int64") if time is None else tick_of(table.rows[time])


def _key_name(database: Database, entity: str) -> str:
    return str(database.spec.tables[entity].key)


def _content(rows: ir.Table, columns: tuple[str, ...]) -> ir.Column:
    """Fingerprint a row, so that a table without key has an order and a split of its own."""
    texts = [rows[name].cast("string").fill_null("\x00") for name in columns]
    return ibis.literal("\x1f").join(texts).hexdigest("md5")


def _cluster(spec: ShopSpec, table: Table, unique: str) -> str:
    if isinstance(spec.split, IdSplitSpec):
        by = spec.split.by
        if by == "id":
            return unique
        if by not in table.types:
            raise SpecError(
                f"split.by: {table.name!r} has no column {by!r}.", remedy=nearest(by, table.types)
            )
        return OWN + by
    return OWN + next(iter(table.spec.links)) if table.spec.links else unique
