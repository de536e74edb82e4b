"""The tree above windows that look back, spelled once as DuckDB's SQL: who evaluates it needs no Ibis."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.errors import SpecError, nearest
from banian.features.asks import OWN
from banian.features.compiled_tree import ASKS, WINDOW
from banian.features.engine_ticks import time_of
from banian.spec import RowTaskSpec, TaskSpec
from banian.spec.node import Aggregate, Column, Node, Sql, Windowed, columns_of, windowed_of
from banian.spec.past import has_query, level_of
from banian.tables import Database, apply_finite, apply_node


def compile_level(database: Database, name: str, task: TaskSpec) -> str | None:
    """Spell a task's level as a query of ASKS; nothing where it is a window alone, or no number.

    Raises:
        SpecError: a column does not exist, or the types do not fit.

    """
    tree = level_of(task)
    if tree is None or isinstance(tree, Aggregate):
        return None
    asks, value = _spell(database, task, tree, f"tasks.{name}.label")
    return _query(asks, value.cast("float64")) if value.type().is_numeric() else None


def compile_condition(database: Database, name: str, task: TaskSpec) -> str | None:
    """Spell a task's WHERE as a query of ASKS; nothing where it has none, or a window alone, or a query in it.

    Raises:
        SpecError: a column does not exist, or the types do not fit.

    """
    tree = task.condition
    if tree is None or isinstance(tree, Aggregate) or has_query(tree):
        return None
    return _query(*_spell(database, task, tree, f"tasks.{name}.where"))


def _query(asks: ir.Table, value: ir.Value) -> str:
    """Give ask and value."""
    return str(ibis.to_sql(asks.select("ask", value=value), dialect="duckdb"))


def _spell(database: Database, task: TaskSpec, tree: Node, where: str) -> tuple[ir.Table, ir.Value]:
    """Give ASKS and the tree's value in it.

    ASKS has ask, a column WINDOW and number for each window, and OWN and name for each column of the asking rows, or of
    the entity's own: numbers, truths as they are or as floats, times as ticks.
    """
    own: dict[str, dt.DataType] = {}
    for column in sorted(columns_of(tree)):
        rows = database.tables[task.about].rows
        if column not in rows.columns:
            raise SpecError(f"{where}: no column {column!r}.", remedy=nearest(column, rows.columns))
        own[column] = rows[column].type()
    windows = windowed_of(tree)
    schema = {
        "ask": dt.int64,
        **{WINDOW + str(at): _type(database, w) for at, w in enumerate(windows)},
    }
    schema |= {OWN + column: _given(type_) for column, type_ in own.items()}
    asks = ibis.table(schema, name=ASKS)

    def read(leaf: Column | Windowed) -> ir.Value:
        if isinstance(leaf, Aggregate | Sql):
            return asks[WINDOW + str(windows.index(leaf))]
        column, type_ = asks[OWN + leaf.name], own[leaf.name]
        return time_of(column) if type_.is_timestamp() else column.cast(type_)

    names = frozenset[str]().union(*(table.names for table in database.tables.values()))
    if isinstance(task, RowTaskSpec) and not windows:  # as the engine filters rows
        names = database.tables[task.rows].names
        return asks, apply_node(tree, read, where=where, names=names)
    return asks, apply_finite(tree, read, where=where, names=names)[0]


def _type(database: Database, part: Windowed) -> dt.DataType:
    assert isinstance(part, Aggregate)
    if part.function == "exists":
        return dt.boolean
    kind = None if part.column is None else database.types[part.table].get(part.column)
    is_text = kind is not None and kind.kind == "text" and part.function in ("first", "last")
    return dt.string if is_text else dt.float64


def _given(type_: dt.DataType) -> dt.DataType:
    """Name another type than the column's, so that a cast to its own is spelled."""
    if type_.is_timestamp() or type_.is_boolean():
        return dt.int64
    if type_.is_floating():
        return dt.string
    return dt.float64 if type_.is_numeric() else type_
