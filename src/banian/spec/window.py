"""Windows of time around a cutoff, in hours, days, weeks or calendar months."""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import final

from banian.spec.duration import format_duration, parse_duration

_SHORTEST_MONTH, _LONGEST_MONTH = timedelta(days=28), timedelta(days=31)
_LONGEST = 12 * 100  # months: a longer offset would leave the calendar


@final
@dataclass(frozen=True)
class Offset:
    """A signed distance from the cutoff: a length of time, or calendar months."""

    length: timedelta = timedelta(0)
    months: int = 0
    """A month ends on the same day of the month, or on its last day where it is shorter."""

    @property
    def shortest(self) -> timedelta:
        """The least that this can be, whatever the months."""
        month = _SHORTEST_MONTH if self.months > 0 else _LONGEST_MONTH
        return self.length + self.months * month

    @property
    def longest(self) -> timedelta:
        """The most that this can be, whatever the months."""
        return -(-self).shortest

    def __neg__(self) -> "Offset":
        return Offset(-self.length, -self.months)

    def after(self, at: datetime) -> datetime:
        """Give the instant at this distance.

        >>> Offset(months=1).after(datetime(2024, 1, 31))
        datetime.datetime(2024, 2, 29, 0, 0)
        """
        year, month = divmod(at.year * 12 + at.month - 1 + self.months, 12)
        day = min(at.day, calendar.monthrange(year, month + 1)[1])
        return at.replace(year=year, month=month + 1, day=day) + self.length


@final
@dataclass(frozen=True)
class Window:
    """All instants in (cutoff + start, cutoff + end], on one side of the cutoff.

    Raises:
        ValueError: it is empty, or lies on both sides.

    """

    start: Offset
    end: Offset

    def __post_init__(self) -> None:
        if self.start.longest >= self.end.shortest:
            raise ValueError("a window starts earlier than it ends, like 0, 90d or -90d, 0")
        if self.start.shortest < timedelta(0) < self.end.longest:
            raise ValueError(
                "a window lies before the cutoff or after it. Write two, and add what they give"
            )

    @property
    def is_ahead(self) -> bool:
        """Whether it lies after the cutoff."""
        return self.end.shortest > timedelta(0)

    @property
    def mirrored(self) -> "Window":
        """The window of the same length and distance on the other side of the cutoff."""
        return Window(-self.end, -self.start)


def parse_offset(text: str) -> Offset:
    """Read a signed distance from the cutoff.

    Raises:
        ValueError: it is neither 0 nor a whole number and one of the units h, d, w, mo.

    >>> parse_offset("-3mo").months, parse_offset("2w").length.days
    (-3, 14)

    """
    text = text.strip()
    if text == "0":
        return Offset()
    sign = -1 if text.startswith("-") else 1
    size = text.removeprefix("-").strip()
    if (found := re.fullmatch(r"(\d{1,6})\s*mo", size)) and 0 < int(found[1]) <= _LONGEST:
        return Offset(months=sign * int(found[1]))
    try:
        return Offset(sign * parse_duration(size))
    except ValueError:
        raise ValueError(
            f"{text!r} is not a length of time. Write one like 12h, 7d, 4w or 3mo."
        ) from None


def format_offset(offset: Offset) -> str:
    """Write an offset so that `parse_offset` reads it back.

    >>> format_offset(Offset(timedelta(weeks=-1))), format_offset(Offset(months=3))
    ('-7d', '3mo')
    """
    if offset.months:
        return f"{offset.months}mo"
    if not offset.length:
        return "0"
    return ("-" if offset.length < timedelta(0) else "") + format_duration(abs(offset.length))
