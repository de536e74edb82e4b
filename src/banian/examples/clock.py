"""When a value can be seen: ticks are microseconds since 1970, in 64-bit integers."""

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from banian.spec import RowTaskSpec, ShopSpec, SourceTableSpec
from banian.spec.duration import parse_duration
from banian.spec.expression import parse_expression
from banian.spec.node import columns_of
from banian.spec.window import Offset

MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1)


def to_tick(at: datetime) -> int:
    """Count the microseconds from 1970 to an instant.

    >>> to_tick(datetime(1970, 1, 2))
    86400000000
    """
    return (at - _EPOCH) // MICROSECOND


def from_tick(tick: int) -> datetime:
    """Give the instant so many microseconds after 1970."""
    return _EPOCH + tick * MICROSECOND


def to_ticks(length: timedelta) -> int:
    """Count the microseconds of a length of time."""
    return length // MICROSECOND


@ibis.udf.scalar.builtin(name="epoch_us", signature=(("timestamp",), "int64"))
def tick_of(at: ir.Column) -> ir.Column:
    """Turn a time column into ticks, by the engine's own function."""


def shift_tick(at: ir.Column, by: Offset) -> ir.Column:
    """Give the tick at a distance from another; months by the calendar."""
    moved = at + to_ticks(by.length)
    if not by.months:
        return moved
    return tick_of(time_of(moved) + ibis.interval(months=by.months))


@ibis.udf.scalar.builtin(name="make_timestamp", signature=(("int64",), "timestamp"))
def time_of(tick: ir.Column) -> ir.Column:
    """Turn ticks into times, by the engine's own function."""


def delays_of(spec: ShopSpec, table: str, columns: frozenset[str]) -> frozenset[str]:
    """Say what has to pass before all these columns of a row are known: time columns and delays.

    A label column without `known_at` is known when its task says that it is final (`within`).
    """
    source = spec.source(table)
    found: set[str] = set()
    for column in sorted(columns):
        if column in source.known_at:
            found.add(source.known_at[column])
        else:
            found |= _label_delays(spec, table, column)
        if column in source.derive:
            found |= delays_of(spec, table, columns_of(parse_expression(source.derive[column])))
    return frozenset(found)


def known_tick(source: SourceTableSpec, rows: ir.Table, delays: frozenset[str]) -> ir.Column:
    """Give the tick at which a row's value is known: its time, or later; null if never."""
    time = tick_of(rows[str(source.time)])
    when = [
        time + to_ticks(parse_duration(delay)) if delay[:1].isdigit() else tick_of(rows[delay])
        for delay in sorted(delays)
    ]
    if not when:
        return time
    never = ibis.or_(*(moment.isnull() for moment in when))
    return never.ifelse(ibis.null("int64"), ibis.greatest(time, *when))


def reads_of(source: SourceTableSpec, column: str) -> frozenset[str]:
    """Name a column and all that it is derived from."""
    if column not in source.derive:
        return frozenset({column})
    inner = columns_of(parse_expression(source.derive[column]))
    return frozenset({column}).union(*(reads_of(source, name) for name in inner))


def _label_delays(spec: ShopSpec, table: str, column: str) -> set[str]:
    found = set()
    for name, columns in spec.labels_of(table).items():
        task = spec.tasks[name]
        if column in columns and isinstance(task, RowTaskSpec) and task.within is not None:
            found.add(f"{task.within // timedelta(hours=1)}h")
    return found
