"""The windows of past time over which history is summarised, and what is made of three months in a row."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from banian.features.feature import Span

NOW = timedelta(0)
MONTH = timedelta(days=30)
WINDOWS: Mapping[Span, timedelta | None] = {
    "7d": timedelta(days=7),
    "30d": MONTH,
    "90d": 3 * MONTH,
    "all": None,
}
"""Lengths of the windows by name; None is all time."""
RECENT: tuple[Span, ...] = ("30d", "all")
"""Windows of sums, means and distinct values: a twin found nothing more in 7 and 90 days (docs/log.md)."""
MONTHS_BACK = (NOW, MONTH, 2 * MONTH)
"""Where the months end from which a trend is read."""
STEPS = tuple(
    sorted({*MONTHS_BACK, *(length for length in WINDOWS.values() if length is not None)})
)
"""All times ago at which some statistic looks."""
Statistic: TypeAlias = tuple[str, Span | None]
"""What is made of values, and how far back it looks."""
LAST = 3
"""How many of the newest values, and of the newest gaps, are features of their own."""
OF_EVENTS: tuple[Statistic, ...] = (
    *(("count", span) for span in WINDOWS),
    ("count.fading", None),
    ("count.trend", None),
    ("recency", None),
    ("tenure", None),
    ("gap.mean", None),
    ("gap.std", None),
    ("gap.due", None),
    *((f"gap.{back}", None) for back in range(1, LAST + 1)),
)
"""What is made of events, whatever their columns say."""
OF_NUMBERS: tuple[Statistic, ...] = (
    *(("sum", span) for span in RECENT),
    *(("mean", span) for span in RECENT),
    ("min", "all"),
    ("max", "all"),
    ("std", "all"),
    ("negative", "all"),
    *((f"last.{back}", None) for back in range(1, LAST + 1)),
    ("sum.fading", None),
    ("sum.trend", None),
)
"""What is made of a column of numbers."""
OF_TRUTHS: tuple[Statistic, ...] = tuple(("mean", span) for span in WINDOWS)
"""What is made of a column of truth values."""
OF_CATEGORIES: tuple[Statistic, ...] = tuple(("distinct", span) for span in RECENT)
"""What is made of any other column."""
Found: TypeAlias = dict[Statistic, Float[np.ndarray, "column ask"]]
"""A number for each column and ask; NaN where nothing is known."""


def divide(part: np.ndarray, whole: np.ndarray) -> Float[np.ndarray, "..."]:
    """Divide; NaN where the whole is 0."""
    return np.divide(part, np.where(whole == 0, np.nan, whole))


def trend(newest: np.ndarray, middle: np.ndarray, oldest: np.ndarray) -> dict[str, np.ndarray]:
    """Make of the last three months a level in which a month counts twice the one before, and a direction."""
    return {
        "fading": (4.0 * newest + 2.0 * middle + oldest) / 7.0,
        "trend": divide(newest - middle, np.abs(newest) + np.abs(middle)),
    }
