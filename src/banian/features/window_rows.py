"""The events that windows read, as rows of an engine: when each was, when it is known, whether it counts."""

from collections.abc import Collection, Iterable

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.errors import SpecError, nearest
from banian.features.availability import availability_of
from banian.features.engine_ticks import known_tick, tick_of
from banian.spec.node import Aggregate, columns_of
from banian.tables import MOST_DIGITS, Database, Table, apply_node, read_columns, say_texts

_NUMBERS = ("whole", "decimal", "float", "boolean")


def select_window_rows(
    database: Database, part: Aggregate, same: Collection[str], where: str
) -> ir.Table:
    """Select the events of a table that a window may hold, wherever it lies.

    `where` names the window's place in the spec. Gives `same COLUMN` for each column in `same`, tick, known: the tick
    at which is known whether the event counts and what its value is, counts, and value: 1 where rows are counted,
    decimals where floats are summed. What never becomes known is left out.

    Raises:
        SpecError: a column does not exist, or cannot be aggregated so.

    """
    table = database.tables[part.table]
    _check_columns(table, part, same, where)
    rows = table.rows
    asked = frozenset() if part.where is None else columns_of(part.where)
    used = asked if part.column is None else asked | {part.column}
    counts: ir.Value = ibis.literal(True)
    if part.where is not None:
        counts = apply_node(part.where, read_columns(rows), where=where, names=table.names)
        if not counts.type().is_boolean():
            raise SpecError(
                f"{where}: WHERE inside {part.function.upper()} is neither yes nor no.",
                remedy="Compare something: WHERE amount > 0",
            )
        counts = counts.fill_null(False)
    events = rows.select(
        **{f"same {column}": rows[column] for column in same},
        tick=tick_of(rows[str(table.spec.time)]),
        known=known_tick(table.spec, rows, availability_of(database.spec, part.table, *used)),
        counts=counts,
        value=ibis.literal(1) if part.column is None else _exact(table, rows, part),
    )
    if availability_of(database.spec, part.table, *asked).is_at_row:
        events = events.filter(events.counts)
    # Else an event that turns out not to count is kept: until that is known, neither is the label.
    return events.filter(events.known.notnull())


def _exact(table: Table, rows: ir.Table, part: Aggregate) -> ir.Value:
    """Let floats be summed as decimals, where such can hold them: then no order of rows changes the sum."""
    value, kind = rows[str(part.column)], table.types[str(part.column)]
    if kind.kind == "float" and kind.scale and part.function in ("sum", "avg"):
        return value.cast(dt.Decimal(MOST_DIGITS, kind.scale))
    return value


def _check_columns(table: Table, part: Aggregate, same: Iterable[str], where: str) -> None:
    filtered = () if part.where is None else sorted(columns_of(part.where))
    for column in (*same, *filtered, *((part.column,) if part.column is not None else ())):
        if column not in table.types:
            raise SpecError(
                f"{where}: {table.name!r} has no column {column!r}.",
                remedy=nearest(column, table.types),
            )
    if part.column is None or part.function == "count_distinct":
        return
    kind = table.types[part.column].kind
    if kind in _NUMBERS or (kind == "text" and part.function in ("first", "last", "list_distinct")):
        return
    said = say_texts(table.name, table.rows, [part.column], table.report.noticed)
    raise SpecError(
        f"{where}: {part.function.upper()} needs numbers, and {part.column!r} holds {kind}.",
        remedy=f"{said} Use COUNT_DISTINCT, or derive a number: derive: {{NAME: EXPRESSION}}".strip(),
    )


def equal_keys(own: ir.Column, other: ir.Column) -> ir.BooleanColumn:
    """Compare keys; a number equals the text that writes it."""
    if own.type().is_string() != other.type().is_string():
        return own.cast("string") == other.cast("string")
    return own == other
