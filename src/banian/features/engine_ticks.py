"""Ticks as engine expressions: of a time column, at a distance from another, and of when a row's values are known."""

import ibis
import ibis.expr.types as ir

from banian.features.ticks import to_ticks
from banian.spec import Availability, SourceTableSpec
from banian.spec.window import Offset
from banian.tables import Table


@ibis.udf.scalar.builtin(name="epoch_us", signature=(("timestamp",), "int64"))
def tick_of(at: ir.Column) -> ir.Column:
    """Turn a time column into ticks, by the engine's own function."""


@ibis.udf.scalar.builtin(name="make_timestamp", signature=(("int64",), "timestamp"))
def time_of(tick: ir.Column) -> ir.Column:
    """Turn ticks into times, by the engine's own function."""


def shift_tick(at: ir.Column, by: Offset) -> ir.Column:
    """Give the tick at a distance from another; months by the calendar."""
    moved = at + to_ticks(by.length)
    if not by.months:
        return moved
    return tick_of(time_of(moved) + ibis.interval(months=by.months))


def known_tick(source: SourceTableSpec, rows: ir.Table, known: Availability) -> ir.Column:
    """Give the tick at which a row's value is known: its time, or later; null if never."""
    time = tick_of(rows[str(source.time)])
    when = [tick_of(rows[column]) for column in sorted(known.times)]
    if known.delay:
        when.insert(0, time + to_ticks(known.delay))
    if not when:
        return time
    never = ibis.or_(*(moment.isnull() for moment in when))
    return never.ifelse(ibis.null("int64"), ibis.greatest(time, *when))


def since_of(table: Table) -> ir.Value:
    """Give the tick at which a row of a table came to be; null in a static table."""
    time = table.spec.time
    return ibis.null("int64") if time is None else tick_of(table.rows[time])
