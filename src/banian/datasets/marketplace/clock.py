"""Time: microseconds since 1970, and the hours at which people shop."""

import numpy as np

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 20_089 * DAY
"""2025-01-01, a Wednesday."""

_LAST_START = 23 * HOUR + 25 * MINUTE  # so that a visit ends on its day
_SHARE_OF_HOUR = np.array(
    [8, 4, 2, 1, 1, 2, 5, 12, 20, 26, 30, 33, 36, 34, 32, 32, 34, 40, 50, 62, 70, 66, 44, 20]
)
_UP_TO_HOUR = np.cumsum(_SHARE_OF_HOUR) / _SHARE_OF_HOUR.sum()


def start_of(day: int) -> int:
    """Give the first instant of a day of the simulation."""
    return START + day * DAY


def draw_moments(generator: np.random.Generator, count: int) -> np.ndarray:
    """Draw times of day at which visits begin, most of them in the evening."""
    hour = np.searchsorted(_UP_TO_HOUR, generator.random(count), side="right")
    within = hour * HOUR + (generator.random(count) * HOUR).astype(np.int64)
    return np.minimum(within, _LAST_START)


def weekday(day: int) -> int:
    """Give the day of the week, Monday being 0."""
    return (day + 2) % 7
