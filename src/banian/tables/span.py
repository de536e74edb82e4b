"""First and last time of a table, without rows far off: a mistyped year must not make the table longer.

Rows lie far after the others when the gap before them is over ten times as long as any gap that is usual, a day at
least, and they are few: at most one in a hundred, or one in ten where nothing comes for longer than all that came
before. How a table usually goes on shows in twenty hours with rows or more; so small tables have no such rows. A later
stretch that goes on like that itself, at a tenth of the pace at least, is a new season. The same, mirrored, holds of
the beginning.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import final
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import numpy as np
from jaxtyping import Int

from banian.spec import SourceTableSpec

_ENOUGH = 20
_FAR = 10
_FEW, _SOME = 0.01, 0.1
_PACE = 0.1
_DAY = 86_400_000_000  # microseconds


@final
@dataclass(frozen=True)
class Span:
    """The times between which the rows of a table lie; without values where it has no time or no rows."""

    first: str | None = None
    """Time of the first row within, ISO 8601."""
    last: str | None = None
    """Time of the last row within, ISO 8601."""
    dates_only: bool = False
    """Whether every row within is of midnight."""
    noticed: dict[str, int] = field(default_factory=dict)
    """Remark on rows that lie far off → how many they are."""


def measure_span(spec: SourceTableSpec, rows: ir.Table) -> Span:
    """Find where the rows of a table begin and end; with `until` it ends with its last row, however far."""
    if spec.time is None:
        return Span()
    time = rows[spec.time]
    hours = rows.group_by(hour=time.truncate("h")).aggregate(
        first=time.min(),
        last=time.max(),
        rows=time.count(),
        at_midnight=(time == time.truncate("D")).all(),
    )
    found = hours.to_pyarrow().sort_by("hour")
    if not len(found):
        return Span()
    first, last = (
        found[end].to_numpy().astype("datetime64[us]").astype(np.int64) for end in ("first", "last")
    )
    count = found["rows"].to_numpy().astype(np.int64)
    begin = len(count) - 1 - last_usual(-last[::-1], -first[::-1], count[::-1])
    end = len(count) - 1 if spec.end is not None else last_usual(first, last, count)
    begins, ends = _instant(first[begin]), _instant(last[end])
    noticed = {}
    if before := int(count[:begin].sum()):
        fault = (
            f"{spec.time} lies far before all others, which begin at {begins.isoformat(' ')} "
            f"(up to {_instant(last[begin - 1]).isoformat(' ')}): the table does not begin there"
        )
        noticed[fault] = before
    if after := int(count[end + 1 :].sum()):
        fault = (
            f"{spec.time} lies far after all others, which end at {ends.isoformat(' ')} (from "
            f"{_instant(first[end + 1]).isoformat(' ')} on): the table does not reach there. Set such rows aside by "
            f"until: {_day_of(spec, ends)}, or write a later until: where they are right"
        )
        noticed[fault] = after
    midnight = found["at_midnight"].to_numpy(zero_copy_only=False)[begin : end + 1]
    return Span(begins.isoformat(), ends.isoformat(), bool(midnight.all()), noticed)


def last_usual(
    first: Int[np.ndarray, " hour"], last: Int[np.ndarray, " hour"], rows: Int[np.ndarray, " hour"]
) -> int:
    """Give the position of the last hour that does not lie far after the others.

    Of each hour with rows, in their order: the tick of its first and of its last row, and how many there are.

    >>> daily = np.arange(30) * _DAY
    >>> last_usual(daily, daily, np.ones(30, np.int64))
    29
    >>> mistyped = np.append(daily, 1000 * _DAY)
    >>> last_usual(mistyped, mistyped, np.ones(31, np.int64))
    29
    """
    end = len(rows)
    while (kept := _cut(first[:end], last[:end], rows[:end])) is not None:
        end = kept + 1  # the latest stretch first: it would make what comes before it look thin
    return end - 1


def _cut(
    first: Int[np.ndarray, " hour"], last: Int[np.ndarray, " hour"], rows: Int[np.ndarray, " hour"]
) -> int | None:
    """Find the latest hour after which all lies far off."""
    so_far = np.cumsum(rows)
    total = so_far[-1]
    # The very first rows may be mistyped themselves: they say nothing about what is usual.
    start = int(np.searchsorted(so_far, max(1, _FEW * total), side="right"))
    at = np.arange(start + _ENOUGH - 1, len(rows) - 1)
    if not len(at):
        return None
    gaps = first[1:] - last[:-1]
    longest = np.maximum.accumulate(gaps[start:])
    gap, usual = gaps[at], np.maximum(longest[at - start - 1], _DAY)
    later, span = total - so_far[at], last[at] - first[start]
    is_far = (gap > _FAR * usual) & (later <= np.where(gap > span, _SOME, _FEW) * total)
    lasts = last[-1] - first[at + 1]
    pace = so_far[at].astype(np.float64) * lasts  # beside later * span, which may be 0 / 0
    goes_on = (len(rows) - 1 - at >= _ENOUGH) & (later.astype(np.float64) * span >= _PACE * pace)
    found = at[is_far & ~goes_on]
    return int(found[-1]) if len(found) else None


def _day_of(spec: SourceTableSpec, at: datetime) -> date:
    """Give the day of an instant where the table's clock stood."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(spec.time_zone or "UTC")).date()


def _instant(tick: np.int64) -> datetime:
    found = np.datetime64(int(tick), "us").item()
    assert isinstance(found, datetime)
    return found
