"""The columns of the row that an ask is told of, as features: numbers and ages of dates as float64, others as text."""

from collections.abc import Iterable, Iterator

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from banian.features.engine_ticks import tick_of
from banian.features.feature import Feature
from banian.features.ticks import DAY
from banian.schema import RESERVED, ColumnType
from banian.tables import AbstractEngine, Change, Table, as_float, as_it_is, as_text

ASK, AT, ROW = (RESERVED + name for name in ("ask", "at", "asking row"))
"""Columns of who asks, beside the user's own, of which one may be called ask."""
_AT_ONCE = 400
"""Columns to a query, which takes time by the square of how many there are."""


def read_attributes(
    engine: AbstractEngine, table: Table, asked: ir.Table, features: Iterable[Feature]
) -> pa.Table:
    """Give features of the rows of `table` that asks are told of, in the order of the asks.

    `asked` has ASK, AT, the tick of the ask, and ROW, the position of the row; where that is null, nothing is known.
    A date becomes the days from it to AT; what lies ahead of that is not known yet, unless the column is trusted.
    Where AT is null, in tables without time, it becomes the days since 1970.
    """
    features = tuple(features)
    changes = {one.name: change for one, change in changes_of(features)}
    ages = {one.name: str(one.column) for one in features if one.statistic == "age"}
    rows = engine.beside(asked, ROW, table.rows)
    names = list(changes)
    found: dict[str, pa.ChunkedArray] = {}
    for first in range(0, max(len(names), 1), _AT_ONCE):
        part = {name: changes[name] for name in names[first : first + _AT_ONCE]}
        asks = {ASK: (ASK, as_it_is), AT: (AT, as_it_is)}
        read = engine.project(rows, {**asks, **part}).to_pyarrow().sort_by(ASK)
        found |= {name: read[name] for name in part}
    for name, column in ages.items():
        is_trusted = column in table.spec.trust
        found[name] = _age(found[name], read[AT], hides_ahead=not is_trusted)
    return pa.table(found) if found else read.select([])


def changes_of(features: Iterable[Feature]) -> Iterator[tuple[Feature, tuple[str, Change]]]:
    """Give for each feature of a row the column that it is made of, and how; of a date that is its tick."""
    return ((one, _change(one)) for one in features)


def _change(feature: Feature) -> tuple[str, Change]:
    match feature.statistic:
        case "hour":
            return str(feature.time), _hour
        case "weekday":
            return str(feature.time), _weekday
        case "age":
            return str(feature.column), tick_of
    is_number = feature.semantic in ("number", "truth")
    return str(feature.column), as_float if is_number else as_text


def change_of(kind: ColumnType) -> Change:
    """Say how a column is told of which no feature is made: numbers and truths as float64, times as ticks, or text."""
    if kind.kind == "time":
        return tick_of
    is_number = not kind.is_name and (kind.is_number or kind.kind == "boolean")
    return as_float if is_number else as_text


def _hour(time: ir.Column) -> ir.Column:
    return time.hour().cast("float64")


def _weekday(time: ir.Column) -> ir.Column:
    return time.day_of_week.index().cast("float64")


def _age(tick: pa.ChunkedArray, at: pa.ChunkedArray, *, hides_ahead: bool) -> pa.ChunkedArray:
    since = pc.if_else(pc.is_null(at), tick, pc.subtract(at, tick))
    days = pc.divide(pc.cast(since, pa.float64(), safe=False), float(DAY))
    is_ahead = pc.fill_null(pc.less(at, tick), False)
    return pc.if_else(is_ahead, None, days) if hides_ahead else days
