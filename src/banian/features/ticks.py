"""Instants as ticks: microseconds since 1970, in 64-bit integers, without a zone, since all times are UTC."""

from datetime import datetime, timedelta

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


DAY = to_ticks(timedelta(days=1))
"""Ticks of a day."""
SECOND = to_ticks(timedelta(seconds=1))
"""Ticks of a second."""
