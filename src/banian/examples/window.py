"""An aggregate over a window of events, for each asking row."""

from collections.abc import Mapping
from typing import assert_never

import ibis
import ibis.expr.types as ir

from banian.errors import SpecError, nearest
from banian.examples.clock import delays_of, known_tick, tick_of, to_ticks
from banian.spec import AggregateSpec
from banian.spec.expression import parse_expression
from banian.spec.node import columns_of
from banian.tables import Database, Table, apply_expression

_OPS = ("<=", ">=", "!=", "==", "=", "<", ">")


def aggregate_after(
    database: Database, asks: ir.Table, spec: AggregateSpec, same: Mapping[str, str], where: str
) -> ir.Table:
    """Aggregate the events in (cutoff, cutoff + within]; asks have columns ask, cutoff and those in `same`.

    `same` maps an event's column to the ask's column that it must equal. Gives ask, value and known: the tick at which
    the last of these events became known, null without one. What never becomes known does not count.

    Raises:
        SpecError: a column does not exist, or cannot be aggregated so.

    """
    events = _events(database, spec, same, where)
    ahead = (events.tick > asks.cutoff) & (events.tick <= asks.cutoff + to_ticks(spec.within))
    return _aggregate(asks, events, spec, same, ahead)


def aggregate_before(
    database: Database, asks: ir.Table, spec: AggregateSpec, same: Mapping[str, str], where: str
) -> ir.Table:
    """Aggregate the events in [at - within, at) that were known before `at`; gives ask, value and known."""
    events = _events(database, spec, same, where)
    back = (events.tick >= asks.at - to_ticks(spec.within)) & (events.tick < asks.at)
    return _aggregate(asks, events, spec, same, back & (events.known < asks.at))


def _events(
    database: Database, spec: AggregateSpec, same: Mapping[str, str], where: str
) -> ir.Table:
    table = database.tables[spec.table]
    _check_columns(table, spec, same, where)
    rows = table.rows
    asked = frozenset() if spec.where is None else columns_of(parse_expression(spec.where))
    used = asked if spec.column is None else asked | {spec.column}
    counts: ir.Value = ibis.literal(True)
    if spec.where is not None:
        counts = apply_expression(spec.where, rows, where=f"{where}.where").fill_null(False)
    events = rows.select(
        **{f"same_{column}": rows[column] for column in same},
        tick=tick_of(rows[str(table.spec.time)]),
        known=known_tick(table.spec, rows, delays_of(database.spec, spec.table, used)),
        counts=counts,
        value=ibis.literal(1) if spec.column is None else rows[spec.column],
    )
    if not delays_of(database.spec, spec.table, asked):
        events = events.filter(events.counts)
    # Else an event that turns out not to count is kept: until that is known, neither is the label.
    return events.filter(events.known.notnull())


def _check_columns(table: Table, spec: AggregateSpec, same: Mapping[str, str], where: str) -> None:
    for column in (*same, *((spec.column,) if spec.column is not None else ())):
        if column not in table.types:
            raise SpecError(
                f"{where}: {table.name!r} has no column {column!r}.",
                remedy=nearest(column, table.types),
            )
    if spec.column is None or spec.aggregate == "count_distinct":
        return
    kind = table.types[spec.column].kind
    if kind not in ("whole", "decimal", "boolean"):
        raise SpecError(
            f"{where}.of: {spec.aggregate} needs numbers, and {spec.column!r} holds {kind}.",
            remedy="Use count_distinct, or derive a number: derive: {NAME: EXPRESSION}",
        )


def _aggregate(
    asks: ir.Table,
    events: ir.Table,
    spec: AggregateSpec,
    same: Mapping[str, str],
    inside: ir.BooleanValue,
) -> ir.Table:
    equal = [_equal(asks[own], events[f"same_{column}"]) for column, own in same.items()]
    pairs = asks.select("ask", "cutoff", "at", *sorted(set(same.values())))
    joined = pairs.join(events, [*equal, inside])
    found = joined.group_by("ask").aggregate(value=_reduce(joined, spec), known=joined.known.max())
    every = asks.select("ask").left_join(found, "ask").drop("ask_right")
    value = every.value
    if spec.aggregate in ("exists", "count", "count_distinct", "sum"):
        value = value.fill_null(0)
    if spec.at_least is not None:
        value = (value < spec.at_least).ifelse(ibis.literal(spec.at_least), value)
    value = value.cast("float64")
    if spec.compare is not None:
        value = _compare(value, spec.compare)
    return every.select("ask", value=value, known=every.known)


def _equal(own: ir.Column, other: ir.Column) -> ir.BooleanColumn:
    if own.type().is_string() != other.type().is_string():
        return own.cast("string") == other.cast("string")
    return own == other


def _reduce(joined: ir.Table, spec: AggregateSpec) -> ir.Scalar:
    value = joined.counts.ifelse(joined["value"], ibis.null(joined["value"].type()))
    match spec.aggregate:
        case "exists":
            return (joined.counts.sum() > 0).cast("float64")
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
        case _:
            assert_never(spec.aggregate)


def _compare(value: ir.Column, text: str) -> ir.Column:
    sign = next(op for op in _OPS if text.strip().startswith(op))
    than = float(text.strip().removeprefix(sign))
    match sign:
        case "<=":
            holds = value <= than
        case ">=":
            holds = value >= than
        case "!=":
            holds = value != than
        case "==" | "=":
            holds = value == than
        case "<":
            holds = value < than
        case _:
            holds = value > than
    return holds.cast("float64")
