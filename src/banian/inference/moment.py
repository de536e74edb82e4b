"""A moment, however a user writes it."""

from datetime import UTC, date, datetime

import numpy as np

from banian.errors import SpecError
from banian.features.ticks import to_tick


def read_moment(at: object) -> datetime:
    """Read a date, a time or the text of one (ISO 8601); one with an offset is turned into UTC, others are UTC.

    Raises:
        SpecError: it is none.

    >>> read_moment("2018-02-01"), read_moment("2018-02-01T10:00+02:00")
    (datetime.datetime(2018, 2, 1, 0, 0), datetime.datetime(2018, 2, 1, 8, 0))

    """
    moment = at.astype("datetime64[us]").item() if isinstance(at, np.datetime64) else at
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.strip())
        except ValueError:
            moment = None
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if not isinstance(moment, datetime) or moment != moment:  # pandas' NaT is a datetime
        raise SpecError(
            f"{at!r} is no moment.",
            remedy="Write one like 2018-02-01, 2018-02-01T12:00:00 or 2018-02-01T12:00:00+02:00.",
        )
    whole = moment
    if type(moment) is not datetime:  # such as that of pandas
        whole = datetime(*moment.timetuple()[:6], moment.microsecond, tzinfo=moment.tzinfo)
    return whole.astimezone(UTC).replace(tzinfo=None) if whole.tzinfo else whole


def read_tick(value: object, known: dict[str, int]) -> int:
    """Read the tick of a moment; a text that comes again is `known`."""
    if not isinstance(value, str):
        return to_tick(read_moment(value))
    if value not in known:
        known[value] = to_tick(read_moment(value))
    return known[value]
