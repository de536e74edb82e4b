"""Convert local times to UTC by the time zone that a table declares.

When clocks go back, an hour happens twice; when they go forward, one hour is left out. In both cases the later of the
two possible instants is taken, so that no row is seen before it can have happened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import final
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from banian.spec import SourceTableSpec
from banian.tables.instants import is_local, read_instant

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_CENTURIES = (datetime(1900, 1, 1), datetime(2200, 1, 1))


@final
@dataclass(frozen=True)
class Shift:
    """A change of a zone's offset from UTC."""

    at: datetime
    """When it happened, in UTC without a time zone."""
    before: timedelta
    """Local time minus UTC until then."""
    after: timedelta
    """Local time minus UTC since then."""


@final
@dataclass(frozen=True)
class LocalClock:
    """The local clock by which a column of times was written; times with an offset of their own stay as they are."""

    form: str | None
    """How the times are written."""
    first: timedelta
    """Local time minus UTC before the first shift."""
    shifts: tuple[Shift, ...]
    """Changes of the offset within the span of the column, oldest first."""

    def utc(self, raw: ir.Column) -> ir.Column:
        """Turn raw times into instants."""
        local = read_instant(raw, self.form)
        known = local - _interval(self.first)
        if self.shifts:
            since = [
                (local >= _literal(shift.at + shift.after), local - _interval(shift.after))
                for shift in reversed(self.shifts)
            ]
            known = ibis.cases(*since, else_=known)
        return is_local(raw, self.form).ifelse(known, local)

    def is_repeated(self, raw: ir.Column) -> ir.BooleanValue:
        """Tell which local times happened twice."""
        return self._is_within(raw, [(s.at + s.after, s.at + s.before) for s in self.shifts])

    def is_skipped(self, raw: ir.Column) -> ir.BooleanValue:
        """Tell which local times never happened."""
        return self._is_within(raw, [(s.at + s.before, s.at + s.after) for s in self.shifts])

    def _is_within(self, raw: ir.Column, spans: list[tuple[datetime, datetime]]) -> ir.BooleanValue:
        local = read_instant(raw, self.form)
        hours = [
            (local >= _literal(first)) & (local < _literal(last))
            for first, last in spans
            if first < last
        ]
        return is_local(raw, self.form) & ibis.or_(ibis.literal(False), *hours)


def read_clocks(
    rows: ir.Table, spec: SourceTableSpec, times: Mapping[str, str | None]
) -> dict[str, LocalClock]:
    """Give the clock of every column of times, where the spec says in which zone they were written.

    `times` maps the columns to how they are written.
    """
    if spec.time_zone is None:
        return {}
    zone = ZoneInfo(spec.time_zone)
    clocks = {}
    for column, form in times.items():
        written = rows.select(at=read_instant(rows[column], form))
        ends = written.aggregate(first=written.at.min(), last=written.at.max())
        ((first, last),) = (row.values() for row in ends.to_pyarrow().to_pylist())
        earliest, latest = _CENTURIES  # what lies outside is set aside as a typing error
        start = max(first or earliest, earliest) - _DAY
        end = min(last or earliest, latest) + _DAY
        shifts = tuple(_shifts(zone, start, end))
        clocks[column] = LocalClock(form, _ahead(zone, start), shifts)
    return clocks


def _shifts(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[Shift]:
    first = first.replace(microsecond=0)
    while first < last:
        low, high = first, first + _DAY
        before, after = _ahead(zone, low), _ahead(zone, high)
        while before != after and high - low > _SECOND:
            middle = low + (high - low) // _SECOND // 2 * _SECOND
            low, high = (middle, high) if _ahead(zone, middle) == before else (low, middle)
        if before != after:
            yield Shift(high, before, after)
        first += _DAY


def _ahead(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()


def _interval(length: timedelta) -> ir.Value:
    return ibis.interval(seconds=int(length.total_seconds()))


def _literal(at: datetime) -> ir.Value:
    return ibis.timestamp(at.isoformat(sep=" "))
