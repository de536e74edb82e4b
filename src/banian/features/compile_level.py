"""The tree above the windows of a trailing level, spelled once as DuckDB's SQL: who evaluates it needs no Ibis."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.errors import SpecError, nearest
from banian.features.asks import OWN
from banian.features.engine_ticks import time_of
from banian.features.level import ASKS, WINDOW
from banian.spec import TaskSpec
from banian.spec.node import Aggregate, Column, Sql, Windowed, columns_of, windowed_of
from banian.spec.past import level_of
from banian.tables import Database, apply_finite


def compile_level(database: Database, name: str, task: TaskSpec) -> str | None:
    """Spell a level as a query of ASKS, which gives ask and value; nothing where it is a window alone, or no number.

    ASKS has ask, a column WINDOW and number for each window, and OWN and name for each column of the asking rows:
    numbers, truths as they are or as floats, times as ticks.

    Raises:
        SpecError: a column does not exist, or the types do not fit.

    """
    tree = level_of(task)
    if tree is None or isinstance(tree, Aggregate):
        return None
    where, windows = f"tasks.{name}.label", windowed_of(tree)
    own: dict[str, dt.DataType] = {}
    for column in sorted(columns_of(tree)):
        rows = database.tables[task.about].rows
        if column not in rows.columns:
            raise SpecError(f"{where}: no column {column!r}.", remedy=nearest(column, rows.columns))
        own[column] = rows[column].type()
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
    value, _ = apply_finite(tree, read, where=where, names=names)
    if not value.type().is_numeric():
        return None
    return str(ibis.to_sql(asks.select("ask", value=value.cast("float64")), dialect="duckdb"))


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
    return dt.float64 if type_.is_numeric() else type_
