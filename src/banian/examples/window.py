"""An aggregate over a window of events, for each asking row."""

from collections.abc import Mapping
from typing import assert_never

import ibis
import ibis.expr.types as ir

from banian.examples.clock import delays_of, known_tick, tick_of, to_ticks
from banian.spec import AggregateSpec
from banian.spec.expression import columns_of, parse_expression
from banian.tables import Database, apply_expression

_OPS = ("<=", ">=", "!=", "==", "=", "<", ">")


def aggregate_after(
    database: Database, asks: ir.Table, spec: AggregateSpec, same: Mapping[str, str], where: str
) -> ir.Table:
    """Aggregate the events in (cutoff, cutoff + within]; asks have columns ask, cutoff and those in `same`.

    `same` maps an event's column to the ask's column that it must equal. Gives ask, value and known: the tick at which
    the last of these events became known, null without one.
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
    rows = table.rows
    used = set() if spec.column is None else {spec.column}
    if spec.where is not None:
        used |= columns_of(parse_expression(spec.where))
        rows = rows.filter(apply_expression(spec.where, rows, where=f"{where}.where"))
    delays = delays_of(database.spec, spec.table, frozenset(used))
    return rows.select(
        **{f"same_{column}": rows[column] for column in same},
        tick=tick_of(rows[str(table.spec.time)]),
        known=known_tick(table.spec, rows, delays),
        value=ibis.literal(1) if spec.column is None else rows[spec.column],
    )


def _aggregate(
    asks: ir.Table,
    events: ir.Table,
    spec: AggregateSpec,
    same: Mapping[str, str],
    inside: ir.BooleanValue,
) -> ir.Table:
    equal = [asks[own] == events[f"same_{column}"] for column, own in same.items()]
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


def _reduce(joined: ir.Table, spec: AggregateSpec) -> ir.Scalar:
    match spec.aggregate:
        case "exists":
            return (joined.count() > 0).cast("float64")
        case "count":
            return joined.count().cast("float64")
        case "count_distinct":
            return joined["value"].nunique().cast("float64")
        case "sum":
            return joined["value"].sum().cast("float64")
        case "avg":
            return joined["value"].sum().cast("float64") / joined["value"].count()
        case "min":
            return joined["value"].min().cast("float64")
        case "max":
            return joined["value"].max().cast("float64")
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
