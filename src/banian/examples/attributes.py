"""The columns of the row that an ask is told of, as features: numbers and ages of dates as float64, others as text."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from banian.errors import SpecError
from banian.examples.clock import tick_of, to_ticks
from banian.tables import RESERVED, AbstractEngine, Change, Table, as_float, as_it_is, as_text

ASK, AT, ROW = (RESERVED + name for name in ("ask", "at", "asking row"))
"""Columns of who asks, beside the user's own, of which one may be called ask."""
AGE = ".age"
"""How the feature ends that a date becomes: days from it to the ask."""
_AT_ONCE = 400
"""Columns to a query, which takes time by the square of how many there are."""
_DAY = float(to_ticks(timedelta(days=1)))


def read_attributes(
    engine: AbstractEngine,
    table: Table,
    asked: ir.Table,
    columns: Sequence[str],
    more: Mapping[str, tuple[str, Change]] | None = None,
) -> pa.Table:
    """Give columns of the rows that asks are told of, in the order of the asks.

    `asked` has ASK, AT, the tick of the ask, and ROW, the position of the row; where that is null, nothing is known.
    A date becomes the days from it to AT; what lies ahead of that is not known yet, unless the column is trusted.
    Where AT is null, in tables without time, it becomes the days since 1970. `more` are features made as in `project`.

    Raises:
        SpecError: the age of a date would be called as another column is.

    """
    dates = [name for name in columns if table.types[name].kind == "time"]
    _refuse_ages(table, dates)
    features: dict[str, pa.ChunkedArray] = {}
    linked = {*table.spec.links, table.spec.scene}
    changes = dict(more or {})
    for name in columns:
        kind = table.types[name]
        is_number = (kind.is_number or kind.kind == "boolean") and name not in linked
        changes[name] = name, as_float if is_number else as_text
    changes |= {name: (name, tick_of) for name in dates}
    rows = engine.beside(asked, ROW, table.rows)
    names = list(changes)
    for first in range(0, max(len(names), 1), _AT_ONCE):
        part = {name: changes[name] for name in names[first : first + _AT_ONCE]}
        asks = {ASK: (ASK, as_it_is), AT: (AT, as_it_is)}
        found = engine.project(rows, {**asks, **part}).to_pyarrow().sort_by(ASK)
        features |= {name: found[name] for name in part}
    for name in dates:
        is_ahead = name not in table.spec.trust
        features[name + AGE] = _age(features.pop(name), found[AT], hides_ahead=is_ahead)
    return pa.table(features) if features else found.select([])


def _refuse_ages(table: Table, dates: Sequence[str]) -> None:
    for name in dates:
        if name + AGE in table.types:
            raise SpecError(
                f"tables.{table.name}: {name + AGE!r} is a column, and what the age of {name!r} would be called.",
                remedy=f"Rename one of them, or ignore: [{name}]",
            )


def _age(tick: pa.ChunkedArray, at: pa.ChunkedArray, *, hides_ahead: bool) -> pa.ChunkedArray:
    since = pc.if_else(pc.is_null(at), tick, pc.subtract(at, tick))
    days = pc.divide(pc.cast(since, pa.float64(), safe=False), _DAY)
    is_ahead = pc.fill_null(pc.less(at, tick), False)
    return pc.if_else(is_ahead, None, days) if hides_ahead else days
