"""When a row asks, as places on circles: the day, the week, the month and the year.

Absolute time is left out: what is learned of a date that never comes again serves no later one.
"""

import numpy as np
import pyarrow as pa
from jaxtyping import Float64

from banian.features import EntityFeatures
from banian.schema import RESERVED

CALENDAR = RESERVED + "calendar"
"""The name under which the calendar stands among the entities of a row."""
_FEWEST_DAYS = 60  # a grain that asks on fewer days would learn the days themselves
_MONDAY = np.datetime64("1970-01-05", "us")


def has_calendar(cutoff: np.ndarray) -> bool:
    """Say whether rows that ask at these times ask on enough different days."""
    days = cutoff[~np.isnat(cutoff)].astype("datetime64[D]")
    return len(np.unique(days)) >= _FEWEST_DAYS


def read_calendar(cutoff: np.ndarray) -> EntityFeatures:
    """Place every time on the four circles, each as a sine and a cosine; a row without a time has no calendar."""
    present = ~np.isnat(cutoff)
    at = np.where(present, cutoff, _MONDAY).astype("datetime64[us]")
    turns = {
        "day": _share(at, at.astype("datetime64[D]"), np.timedelta64(1, "D")),
        "week": ((at - _MONDAY) / np.timedelta64(7, "D")) % 1.0,
        "month": _share(at, at.astype("datetime64[M]"), np.timedelta64(1, "M")),
        "year": _share(at, at.astype("datetime64[Y]"), np.timedelta64(1, "Y")),
    }
    columns = {
        f"{name}.{wave.__name__}": pa.array(np.where(present, wave(2 * np.pi * turn), np.nan))
        for name, turn in turns.items()
        for wave in (np.cos, np.sin)
    }
    return EntityFeatures(present, pa.table(columns))


def _share(
    at: np.ndarray, start: np.ndarray, length: np.timedelta64
) -> Float64[np.ndarray, " row"]:
    """Say how much of a day, month or year has passed."""
    begun, over = (moment.astype("datetime64[us]") for moment in (start, start + length))
    return (at - begun) / (over - begun)
