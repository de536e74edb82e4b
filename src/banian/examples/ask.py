"""Who is asked about, and when: one engine row per example."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from banian.errors import LeakageError, SpecError, nearest
from banian.examples.evaluate import evaluate
from banian.features.asks import OWN
from banian.features.availability import availability_of
from banian.features.condition import where_holds
from banian.features.engine_events import EngineEvents
from banian.features.engine_ticks import known_tick, tick_of
from banian.features.ticks import to_tick
from banian.predictions import PREDICTED
from banian.spec import (
    EntityTaskSpec,
    IdSplitSpec,
    RowTaskSpec,
    ShopSpec,
    SourceTableSpec,
    TaskSpec,
)
from banian.spec.node import Aggregate, columns_of, windowed_of
from banian.spec.past import entity_of, has_query
from banian.tables import POSITION, Database, Table, apply_finite, apply_node, read_columns

_ALWAYS = -(2**62)  # an entity table without time: its rows have been there all along
_AT_ONCE = 2**24
"""Asks whose windows are read together, so that memory stays small."""


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
    rows = pairs
    for name, task in tasks.items():
        rows = _flag_entities(database, pairs, rows, name, task)
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
        _refuse_late(database, table, read, f"tasks.{name}.where")
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
    flagged = asks
    for name, task in tasks.items():
        flagged = _flag_rows(database, asks, flagged, name, task)
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


def _flag_entities(
    database: Database, pairs: ir.Table, flagged: ir.Table, name: str, task: EntityTaskSpec
) -> ir.Table:
    """Say for each pair of key and cutoff whether it is asked about."""
    flag, where, tree = f"asks {name}", f"tasks.{name}.where", task.condition
    if tree is None:
        return flagged.mutate(**{flag: ibis.literal(True)})
    if columns := columns_of(tree):
        _refuse_late(database, database.tables[task.for_each], columns, where)
    if windowed_of(tree):
        return _flag(flagged, _holding(database, pairs, name, task), flag)
    known = _with_own(database, task.for_each, flagged, columns)
    names = frozenset[str]().union(*(table.names for table in database.tables.values()))
    holds, _ = apply_finite(tree, read_columns(known, OWN), where=where, names=names)
    return known.mutate(**{flag: _yes(holds, where)}).drop(*(OWN + name for name in columns))


def _flag_rows(
    database: Database, asks: ir.Table, flagged: ir.Table, name: str, task: RowTaskSpec
) -> ir.Table:
    """Say for each row whether it is asked about."""
    flag, where, tree = f"asks {name}", f"tasks.{name}.where", task.condition
    if tree is None:
        flagged = flagged.mutate(**{flag: ibis.literal(True)})
    elif windowed_of(tree):
        flagged = _flag(flagged, _holding(database, asks, name, task), flag)
    else:
        names = database.tables[task.rows].names
        holds = apply_node(tree, read_columns(flagged, OWN), where=where, names=names)
        flagged = flagged.mutate(**{flag: _yes(holds, where)})
    scene = database.tables[task.rows].spec.scene
    if task.scenes:
        inside = flagged[f"{OWN}{scene}"].cast("string").isin(task.scenes).fill_null(False)
        flagged = flagged.mutate(**{flag: flagged[flag] & inside})
    return flagged


def _holding(database: Database, asks: ir.Table, name: str, task: TaskSpec) -> ir.Table:
    """Give, as `held`, the asks for which a condition with windows holds."""
    assert task.condition is not None
    if has_query(task.condition):  # which only the engine can answer, and only of entities
        entity, where = str(entity_of(task)), f"tasks.{name}.where"
        known = _with_own(database, entity, asks, columns_of(task.condition))
        found = evaluate(database, entity, known, task.condition, where)
        return found.filter(_yes(found["value"], where)).select(held=found.ask)
    source = EngineEvents(database)
    held = [np.zeros(0, np.int64)]
    for start in range(0, source.count(asks), _AT_ONCE):
        some = asks.filter(asks.ask >= start, asks.ask < start + _AT_ONCE)
        holds = where_holds(source, some.mutate(ask=some.ask - start), name, task)
        held.append(start + np.flatnonzero(holds))
    return ibis.memtable(pa.table({"held": np.concatenate(held)}))


def _flag(rows: ir.Table, held: ir.Table, flag: str) -> ir.Table:
    joined = rows.left_join(held, rows.ask == held.held)
    return joined.mutate(**{flag: joined.held.notnull()}).drop("held")


def _yes(holds: ir.Value, where: str) -> ir.Value:
    if not holds.type().is_boolean():
        raise SpecError(
            f"{where}: this is neither yes nor no.", remedy="Compare something: WHERE age > 17"
        )
    return holds.fill_null(False)


def _with_own(
    database: Database, entity: str, pairs: ir.Table, columns: frozenset[str]
) -> ir.Table:
    """Put the entity's own columns beside its key."""
    if not columns:
        return pairs
    table = database.tables[entity]
    own = table.rows.select(
        own_key=table.rows[str(table.spec.key)],
        **{OWN + name: table.rows[name] for name in sorted(columns)},
    )
    return pairs.left_join(own, pairs.key == own.own_key).drop("own_key")


def _refuse_late(database: Database, table: Table, columns: frozenset[str], where: str) -> None:
    for column in sorted(columns):
        if column not in table.types:
            raise SpecError(
                f"{where}: {table.name!r} has no column {column!r}.",
                remedy=nearest(column, table.types),
            )
        known = availability_of(database.spec, table.name, column)
        if table.spec.time is not None and not known.is_at_row:
            raise LeakageError(
                f"{where}: {column!r} becomes known only after its row.",
                remedy="Ask about every row (absent labels are left out), or write given: TASK.",
            )


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
