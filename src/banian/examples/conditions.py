"""Of which asks the conditions of tasks hold: windows of the past from a source, plain filters by the engine."""

from collections.abc import Mapping

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
from banian.spec import EntityTaskSpec, RowTaskSpec, TaskSpec
from banian.spec.node import columns_of, windowed_of
from banian.spec.past import entity_of, has_query
from banian.tables import Database, Table, apply_finite, apply_node, read_columns

_AT_ONCE = 2**24
"""Asks whose windows are read together, so that memory stays small."""


def flag_entities(
    database: Database, pairs: ir.Table, tasks: Mapping[str, EntityTaskSpec]
) -> ir.Table:
    """Say for each pair of key and cutoff whether a task asks about it: `asks TASK`, for each of the tasks.

    Raises:
        SpecError: a column does not exist, or the types do not fit.
        LeakageError: which entities are asked about would show only later.

    """
    rows, held = pairs, _holding(database, pairs, tasks)
    for name, task in tasks.items():
        flag, where, tree = f"asks {name}", f"tasks.{name}.where", task.condition
        if tree is None:
            rows = rows.mutate(**{flag: ibis.literal(True)})
        elif (said := str(task.where)) in held:
            rows = _flag(rows, held[said], flag)
        else:
            columns = columns_of(tree)
            known = _with_own(database, task.for_each, rows, columns, where)
            names = frozenset[str]().union(*(table.names for table in database.tables.values()))
            holds, _ = apply_finite(tree, read_columns(known, OWN), where=where, names=names)
            rows = known.mutate(**{flag: _yes(holds, where)}).drop(*(OWN + c for c in columns))
    return rows


def flag_rows(
    database: Database, table: Table, asks: ir.Table, tasks: Mapping[str, RowTaskSpec]
) -> ir.Table:
    """Say for each row of a table whether a task asks about it: `asks TASK`, for each of the tasks.

    Raises:
        SpecError: a column does not exist, or the types do not fit.

    """
    rows, held = asks, _holding(database, asks, tasks)
    for name, task in tasks.items():
        flag, where, tree = f"asks {name}", f"tasks.{name}.where", task.condition
        if tree is None:
            rows = rows.mutate(**{flag: ibis.literal(True)})
        elif (said := str(task.where)) in held:
            rows = _flag(rows, held[said], flag)
        else:
            read = read_columns(rows, OWN)
            holds = apply_node(tree, read, where=where, names=table.names)
            rows = rows.mutate(**{flag: _yes(holds, where)})
        if task.scenes:
            scene = rows[f"{OWN}{table.spec.scene}"].cast("string")
            inside = scene.isin(task.scenes).fill_null(False)
            rows = rows.mutate(**{flag: rows[flag] & inside})
    return rows


def refuse_late(database: Database, table: Table, columns: frozenset[str], where: str) -> None:
    """Refuse a condition that reads what becomes known only after its row.

    Raises:
        SpecError: a column does not exist.
        LeakageError: it becomes known later.

    """
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


def _holding(
    database: Database, asks: ir.Table, tasks: Mapping[str, TaskSpec]
) -> dict[str, ir.Table]:
    """Find, for the text of each condition with windows, the asks for which it holds, as `held`."""
    source, found = EngineEvents(database), dict[str, ir.Table]()
    for name, task in tasks.items():
        tree, entity, where = task.condition, entity_of(task), f"tasks.{name}.where"
        if tree is None or not windowed_of(tree) or str(task.where) in found:
            continue
        columns = columns_of(tree)
        known = asks if entity is None else _with_own(database, entity, asks, columns, where)
        if has_query(tree):  # which only the engine can answer
            answers = evaluate(database, entity, known, tree, where)
            held = answers.filter(_yes(answers["value"], where)).select(held=answers.ask)
        else:
            held = _read_held(source, asks, name, task)
        found[str(task.where)] = held
    return found


def _read_held(source: EngineEvents, asks: ir.Table, name: str, task: TaskSpec) -> ir.Table:
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
    database: Database, entity: str, pairs: ir.Table, columns: frozenset[str], where: str
) -> ir.Table:
    """Put the entity's own columns beside its key."""
    if not columns:
        return pairs
    table = database.tables[entity]
    refuse_late(database, table, columns, where)
    own = table.rows.select(
        own_key=table.rows[str(table.spec.key)],
        **{OWN + name: table.rows[name] for name in sorted(columns)},
    )
    return pairs.left_join(own, pairs.key == own.own_key).drop("own_key")
