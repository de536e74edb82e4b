"""When a value of a row is known: with the row, a while after it, or at a time that another column holds."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import final

from banian.spec.duration import format_duration, parse_duration


@final
@dataclass(frozen=True)
class After:
    """Known so long after the row came to be."""

    delay: timedelta

    def __str__(self) -> str:
        return format_duration(self.delay)


@final
@dataclass(frozen=True)
class AtColumn:
    """Known at the instant that a column of the row holds; never where it holds none."""

    name: str

    def __str__(self) -> str:
        return self.name


@final
@dataclass(frozen=True)
class Availability:
    """When a value is known: after the latest of some waits; without any, as soon as its row is.

    Args:
        moments: what has to pass; none of them lies before the row itself.

    >>> str(Availability() | Availability(frozenset({After(timedelta(days=14)), AtColumn("paid at")})))
    '14d and paid at'

    """

    moments: frozenset[After | AtColumn] = field(default=frozenset())

    @property
    def is_at_row(self) -> bool:
        """Whether it is known as soon as the row is."""
        return not self.moments

    @property
    def times(self) -> frozenset[str]:
        """The columns that say when."""
        return frozenset(one.name for one in self.moments if isinstance(one, AtColumn))

    @property
    def delay(self) -> timedelta:
        """The longest of the waits, those that columns name left out."""
        waits = (one.delay for one in self.moments if isinstance(one, After))
        return max(waits, default=timedelta(0))

    def __or__(self, other: "Availability") -> "Availability":
        return Availability(self.moments | other.moments)

    def __lt__(self, other: "Availability") -> bool:
        return self._order < other._order

    def __str__(self) -> str:
        return " and ".join(self._order) or "its row"

    @property
    def _order(self) -> list[str]:
        return sorted(map(str, self.moments))


AT_ROW = Availability()
"""Known with the row."""


@cache
def parse_availability(text: str) -> Availability:
    """Read what `known_at` says of a column: a length of time, or the name of a column.

    Raises:
        ValueError: it is written like a length of time, and is none.

    >>> parse_availability("2w").delay.days, sorted(parse_availability("2nd paid").times)
    (14, ['2nd paid'])

    """
    is_length = re.fullmatch(r"\d+\s*(mo|[a-z])", text.strip(), re.IGNORECASE)
    moment = After(parse_duration(text)) if is_length else AtColumn(text)
    return Availability(frozenset({moment}))


def latest(parts: Iterable[Availability]) -> Availability:
    """Join availabilities: known once all of several values are."""
    return Availability(frozenset().union(*(part.moments for part in parts)))
