"""Who is asked about, and when: one engine row per example."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import final

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from banian.errors import LeakageError, SpecError, nearest
from banian.examples.clock import delays_of, known_tick, tick_of, to_tick
from banian.examples.window import aggregate_before
from banian.spec import EntityTaskSpec, IdSplitSpec, RowTaskSpec, ShopSpec, SourceTableSpec
from banian.spec.expression import parse_expression
from banian.spec.node import columns_of
from banian.tables import POSITION, Database, Table, apply_expression

_ALWAYS = -(2**62)  # an entity table without time: its rows have been there all along


@final
@dataclass(frozen=True)
class Asks:
    """The asking rows of one grain, in a total order that the order of the file does not change."""

    grain: str
    tasks: tuple[str, ...]
    rows: ir.Table
    """Columns ask (0, 1, …), cutoff and at (ticks: features see ticks < at), `asks TASK` for each task, and `key` at
    entity grain or, at row grain, `known TASK` (the label column's tick) and the table's columns, prefixed `own `.
    Cutoff and at are null in a static table."""
    keys: Mapping[str, str]
    """The user's name of a key column → its column of `rows`."""
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
    born = _born(database, entity)
    pairs = born.join(moments, born.since <= moments.cutoff)
    pairs = pairs.select("key", "cutoff", at=pairs.cutoff + 1)
    order = ibis.window(order_by=["cutoff", "key"])
    pairs = _keep(engine, pairs.mutate(ask=ibis.row_number().over(order)))
    rows = pairs
    for name, task in tasks.items():
        flag = f"asks {name}"
        if task.where is None:
            rows = rows.mutate(**{flag: ibis.literal(True)})
            continue
        link = database.spec.links_to(entity)[task.where.table][0]
        held = aggregate_before(database, pairs, task.where, {link: "key"}, f"tasks.{name}.where")
        held = held.select(held_ask=held.ask, **{flag: held["value"].fill_null(0.0) == 1.0})
        rows = rows.left_join(held, rows.ask == held.held_ask).drop("held_ask")
    wanted = rows.filter(ibis.or_(*(rows[f"asks {name}"] for name in tasks)))
    rows = _keep(engine, wanted.mutate(ask=ibis.row_number().over(order)))
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
        read = columns_of(parse_expression(task.where)) if task.where is not None else frozenset()
        if spec.time is not None and (
            late := sorted(c for c in read if _is_late(database, table, c))
        ):
            raise LeakageError(
                f"tasks.{name}.where: {late[0]!r} becomes known only after its row.",
                remedy="Ask about every row (absent labels are left out), or write given: TASK.",
            )
    flags = {
        f"asks {name}": (
            ibis.literal(True)
            if task.where is None
            else apply_expression(task.where, rows, where=f"tasks.{name}.where").fill_null(False)
        )
        for name, task in tasks.items()
    }
    cutoff = ibis.null("int64") if spec.time is None else tick_of(rows[spec.time])
    asks = rows.select(
        **{f"own {column}": rows[column] for column in (*table.types, POSITION)},
        cutoff=cutoff,
        at=cutoff,
        content=_content(rows, tuple(table.types)),
        **_known_ticks(database, table, tasks),
        **flags,
    )
    asks = asks.filter(ibis.or_(*(asks[flag] for flag in flags)))
    if spec.time is not None and since is not None:
        asks = asks.filter(asks.cutoff >= to_tick(since))
    own_key = f"own {spec.key}" if spec.key is not None else f"own {POSITION}"
    unique = own_key if spec.key is not None else "content"
    order = ibis.window(order_by=["cutoff", unique, f"own {POSITION}"])
    return Asks(
        table.name,
        tuple(tasks),
        _keep(database.engine, asks.mutate(ask=ibis.row_number().over(order))),
        keys={spec.key or "row": own_key},
        cluster=_cluster(database.spec, table, unique),
    )


def _is_late(database: Database, table: Table, column: str) -> bool:
    return bool(delays_of(database.spec, table.name, frozenset({column})))


def _known_ticks(
    database: Database, table: Table, tasks: dict[str, RowTaskSpec]
) -> dict[str, ir.Value]:
    """Give, for each task whose label is a column, the tick at which that column is known."""
    known: dict[str, ir.Value] = {}
    for name, task in tasks.items():
        if isinstance(task.label, str) and table.spec.time is not None:
            delays = delays_of(database.spec, table.name, frozenset({task.label}))
            known[f"known {name}"] = known_tick(table.spec, table.rows, delays)
        elif isinstance(task.label, str):
            known[f"known {name}"] = ibis.literal(0, "int64")
    return known


def _born(database: Database, entity: str) -> ir.Table:
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
        return f"own {by}"
    return f"own {next(iter(table.spec.links))}" if table.spec.links else unique


def _keep(engine: Backend, rows: ir.Table) -> ir.Table:
    return engine.create_table(ibis.util.gen_name("asks"), rows)
