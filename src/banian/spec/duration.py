"""Lengths of time as one writes them: 12h, 7d, 4w."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def parse_duration(text: str) -> timedelta:
    """Read a length of time.

    Raises:
        ValueError: the text is not a whole number and one of the units h, d, w.

    >>> parse_duration("4w").days
    28

    """
    found = re.fullmatch(r"(\d+)\s*([hdw])", text.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError(f"{text!r} is not a length of time. Write one like 12h, 7d or 4w.")
    try:
        return int(found[1]) * _UNITS[found[2]]
    except OverflowError:
        raise ValueError(f"{text!r} is longer than times can be.") from None


def format_duration(length: timedelta) -> str:
    """Write a length of time so that `parse_duration` reads it back.

    >>> format_duration(timedelta(hours=36)), format_duration(timedelta(weeks=4))
    ('36h', '28d')
    """
    hours, rest = divmod(length, timedelta(hours=1))
    if rest or hours <= 0:
        raise ValueError(f"{length} is not a positive number of whole hours.")
    return f"{hours}h" if hours % 24 else f"{hours // 24}d"


def _validate(value: object) -> timedelta:
    if isinstance(value, timedelta):
        format_duration(value)  # refuses what could not be written back
        return value
    return parse_duration(str(value))


Duration = Annotated[
    timedelta, BeforeValidator(_validate), PlainSerializer(format_duration, return_type=str)
]
