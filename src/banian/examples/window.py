"""An aggregate over a window of events, for each asking row."""

from collections.abc import Mapping
from typing import assert_never

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.errors import SpecError, nearest
from banian.features.availability import availability_of
from banian.features.engine_ticks import known_tick, shift_tick, tick_of
from banian.spec.node import Aggregate, columns_of
from banian.tables import MOST_DIGITS, Database, Table, apply_node, read_columns, say_texts

_NUMBERS = ("whole", "decimal", "float", "boolean")
_EMPTY_IS_ZERO = ("count", "count_distinct", "sum")


def aggregate_window(
    database: Database, asks: ir.Table, part: Aggregate, same: Mapping[str, str], where: str
) -> ir.Table:
    """Aggregate the events of each ask's window; asks have columns ask, cutoff, at and those in `same`.

    `same` maps an event's column to the ask's column that it must equal. Gives ask, value and known: the tick at which
    the last of these events became known, null without one. What never becomes known does not count. A window before
    the cutoff holds only what was known before `at`.

    Raises:
        SpecError: a column does not exist, or cannot be aggregated so.

    """
    events = _events(database, part, same, where)
    window = part.window
    if window.is_ahead:
        inside = events.tick > shift_tick(asks.cutoff, window.start)
        inside = inside & (events.tick <= shift_tick(asks.cutoff, window.end))
    else:
        inside = events.tick >= shift_tick(asks["at"], window.start)
        inside = inside & (events.tick < shift_tick(asks["at"], window.end))
        inside = inside & (events.known < asks["at"])
    equal = [_equal(asks[own], events[f"same_{column}"]) for column, own in same.items()]
    pairs = asks.select("ask", "cutoff", "at", *sorted(set(same.values())))
    joined = pairs.join(events, [*equal, inside])
    found = joined.group_by("ask").aggregate(value=_reduce(joined, part), known=joined.known.max())
    every = asks.select("ask").left_join(found, "ask").drop("ask_right")
    value = every["value"]
    if part.function in _EMPTY_IS_ZERO:
        value = value.fill_null(0.0)
    elif part.function == "exists":
        value = value.fill_null(False)
    elif part.function == "list_distinct":
        value = value.fill_null(ibis.literal([], type=value.type()))
    return every.select("ask", value=value, known=every.known)


def _events(database: Database, part: Aggregate, same: Mapping[str, str], where: str) -> ir.Table:
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
        **{f"same_{column}": rows[column] for column in same},
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


def _check_columns(table: Table, part: Aggregate, same: Mapping[str, str], where: str) -> None:
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


def _equal(own: ir.Column, other: ir.Column) -> ir.BooleanColumn:
    if own.type().is_string() != other.type().is_string():
        return own.cast("string") == other.cast("string")
    return own == other


def _reduce(joined: ir.Table, part: Aggregate) -> ir.Scalar:
    value = joined.counts.ifelse(joined["value"], ibis.null(joined["value"].type()))
    match part.function:
        case "exists":
            return joined.counts.sum() > 0
        case "count":
            return joined.counts.sum().cast("float64")
        case "count_distinct":
            return value.nunique().cast("float64")
        case "sum":
            return value.sum().cast("float64")
        case "avg":
            return value.sum().cast("float64") / value.count()
        case "min":
            return value.min().cast("float64")
        case "max":
            return value.max().cast("float64")
        case "first" | "last":
            # Among events of one instant the least value is the first, the greatest the last.
            order = [joined.tick, joined["value"]]
            is_known = joined.counts & joined["value"].notnull()
            pick = joined["value"].first if part.function == "first" else joined["value"].last
            return _as_answer(pick(where=is_known, order_by=order))
        case "list_distinct":
            shown = joined["value"].cast("string")
            is_known = joined.counts & shown.notnull()
            return shown.collect(where=is_known, order_by=shown, distinct=True)
        case _:
            assert_never(part.function)


def _as_answer(value: ir.Scalar) -> ir.Scalar:
    return value if value.type().is_string() else value.cast("float64")
