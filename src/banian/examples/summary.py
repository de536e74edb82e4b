"""What an ask is told of the events that it sees: one function per kind of column."""

from datetime import timedelta
from typing import final

import numpy as np
from jaxtyping import Bool, Float, Int

from banian.examples.clock import MICROSECOND
from banian.examples.exact import LIMIT, RunningFloats, RunningSquares, RunningSum, count_so_far
from banian.examples.timeline import Timeline

DAY = timedelta(days=1)
MONTH = 30 * DAY
WINDOWS = {"7d": 7 * DAY, "30d": MONTH, "90d": 90 * DAY, "all": None}
"""Lengths of the windows by name; None is all time."""
RECENT = ("30d", "all")
"""Windows of sums, means and distinct values: a twin found nothing more in 7 and 90 days (docs/log.md)."""
BUCKETS = (timedelta(0), MONTH, 2 * MONTH)
"""Where the months end from which a trend is read."""
LAST = 3
"""How many of the newest values and gaps are features of their own."""

_TICKS = DAY // MICROSECOND
_NEVER = np.iinfo(np.int64).min
_ROOT_OF_LARGEST = 1e150
"""Of larger floats the squares are beyond floats."""
_Found = dict[str, Float[np.ndarray, " ask"]]


@final
class Numbers:
    """A column of numbers along a timeline, in whole units or as floats; `known` says where there is one."""

    def __init__(
        self,
        timeline: Timeline,
        values: Int[np.ndarray, " event"] | Float[np.ndarray, " event"],
        known: Bool[np.ndarray, " event"],
        unit: float,
    ) -> None:
        self._timeline = timeline
        self._values = np.where(known, values, 0)
        self._known = known
        self._unit = unit
        self._count = count_so_far(known)
        self._sum = _running(self._values)

    def count(self, window: timedelta | None) -> Float[np.ndarray, " ask"]:
        """Count the values in a window."""
        start, stop = self._timeline.since(window), self._timeline.stop
        return (self._count[stop] - self._count[start]).astype(np.float64)

    def sum(
        self, window: timedelta | None, until: timedelta = timedelta(0)
    ) -> Float[np.ndarray, " ask"]:
        """Sum a window that may end earlier than now: 0 where there is nothing."""
        timeline = self._timeline
        return self._sum.over(timeline.since(window), timeline.since(until)) / self._unit

    def mean(self, window: timedelta | None) -> Float[np.ndarray, " ask"]:
        """Average a window."""
        return divide(self.sum(window), self.count(window))

    def negative(self) -> Float[np.ndarray, " ask"]:
        """Give the share of values below 0."""
        below = count_so_far(self._values < 0)
        found = below[self._timeline.stop] - below[self._timeline.first]
        return divide(found.astype(np.float64), self.count(None))

    def std(self) -> Float[np.ndarray, " ask"]:
        """Give the standard deviation of two values or more.

        Squares are taken around the entity's first value: being one of them, it is near enough to their mean that
        the difference below loses no more digits than there are values.
        """
        is_whole = self._values.dtype == np.int64
        most = LIMIT // 2 if is_whole else _ROOT_OF_LARGEST
        values = np.clip(self._values, -most, most)
        where = np.flatnonzero(self._known)
        if len(where):
            nearest = np.searchsorted(where, self._timeline.starts)
            pivot = values[where[np.minimum(nearest, len(where) - 1)]]
            values = np.where(self._known, values - pivot, 0)
        start, stop, count = self._timeline.first, self._timeline.stop, self.count(None)
        squares = RunningSquares(values) if is_whole else RunningFloats(values * values)
        square = divide(squares.over(start, stop), count)
        mean = divide(_running(values).over(start, stop), count)
        spread = np.sqrt(np.maximum(square - mean * mean, 0.0)) / self._unit
        return np.where(count >= 2, spread, np.nan)

    def largest(self, sign: int) -> Float[np.ndarray, " ask"]:
        """Give the largest value for +1, the smallest for -1."""
        is_whole = self._values.dtype == np.int64
        own = np.maximum(self._values, -LIMIT * 2 + 1) if is_whole else self._values
        values = np.where(self._known, own * sign, _NEVER if is_whole else -np.inf)
        starts, position, step = self._timeline.starts, np.arange(len(values)), 1
        longest = int((position - starts).max(initial=0))
        while step <= longest:  # each pass doubles how far back the maximum reaches
            is_own = position[step:] - step >= starts[step:]
            both = np.maximum(values[step:], values[:-step])
            values[step:] = np.where(is_own, both, values[step:])
            step *= 2
        return self._read(values, self._timeline.stop - 1, self.count(None) > 0, sign)

    def last(self, back: int) -> Float[np.ndarray, " ask"]:
        """Give the newest value for 1, the one before it for 2."""
        where = np.flatnonzero(self._known)
        rank = self._count[self._timeline.stop] - back
        is_there = rank >= self._count[self._timeline.first]
        return self._read(self._values[where], rank, is_there, 1)

    def _read(
        self,
        values: Int[np.ndarray, " value"] | Float[np.ndarray, " value"],
        position: Int[np.ndarray, " ask"],
        is_there: Bool[np.ndarray, " ask"],
        sign: int,
    ) -> Float[np.ndarray, " ask"]:
        if not len(values):
            return np.full(len(position), np.nan)
        found = values[np.where(is_there, position, 0)] * float(sign) / self._unit
        return np.where(is_there, found, np.nan)


def _running(
    values: Int[np.ndarray, " event"] | Float[np.ndarray, " event"],
) -> RunningSum | RunningFloats:
    return RunningSum(values) if values.dtype == np.int64 else RunningFloats(values)


def summarise_numbers(numbers: Numbers) -> _Found:
    """Summarise a column of numbers."""
    found = {f"sum.{span}": numbers.sum(WINDOWS[span]) for span in RECENT}
    found |= {f"mean.{span}": numbers.mean(WINDOWS[span]) for span in RECENT}
    found |= {"min.all": numbers.largest(-1), "max.all": numbers.largest(1)}
    found |= {"std.all": numbers.std(), "negative.all": numbers.negative()}
    found |= {f"last.{back}": numbers.last(back) for back in range(1, LAST + 1)}
    buckets = (numbers.sum(MONTH + until, until) for until in BUCKETS)
    return found | {f"sum.{name}": value for name, value in _trend(*buckets).items()}


def summarise_truths(truths: Numbers) -> _Found:
    """Summarise a column of truth values: the share of true ones."""
    return {f"mean.{span}": truths.mean(window) for span, window in WINDOWS.items()}


def summarise_categories(timeline: Timeline, values: Int[np.ndarray, " event"]) -> _Found:
    """Count the distinct values in every window; values count from 0, and -1 is none.

    A value enters a window where it was not there, and leaves it unless it came again meanwhile.
    """
    tick, known = timeline.tick, values >= 0
    before, again = np.full(len(tick), -LIMIT), np.full(len(tick), LIMIT)
    same = timeline.starts * (int(values.max(initial=0)) + 1) + values
    where = np.flatnonzero(known)
    where = where[np.argsort(same[where], kind="stable")]
    is_again = same[where[1:]] == same[where[:-1]]
    earlier, later = where[:-1][is_again], where[1:][is_again]
    before[later], again[earlier] = tick[earlier], tick[later]
    found = {}
    for span in RECENT:
        window = WINDOWS[span]
        length = LIMIT // 2 if window is None else window // MICROSECOND
        enters = count_so_far(known & (tick - before > length))
        inside = enters[timeline.stop] - enters[timeline.first]
        if window is not None:
            leaves = count_so_far(known & (again - tick > length))
            inside = inside - (leaves[timeline.since(window)] - leaves[timeline.first])
        found[f"distinct.{span}"] = inside.astype(np.float64)
    return found


def summarise_events(timeline: Timeline) -> _Found:
    """Summarise when events happened: counts, gaps between the moments at which something happened."""
    tick, first, stop = timeline.tick, timeline.first, timeline.stop

    def count(window: timedelta | None) -> Float[np.ndarray, " ask"]:
        return (stop - timeline.since(window)).astype(np.float64)

    found = {f"count.{span}": count(window) for span, window in WINDOWS.items()}
    edges = [timeline.since(MONTH + until) for until in BUCKETS]
    buckets = (end - start for start, end in zip(edges, (stop, *edges), strict=False))
    found |= {f"count.{name}": value for name, value in _trend(*buckets).items()}
    is_there, length = stop > first, len(tick)
    newest = tick[np.where(is_there, stop - 1, 0)] if length else timeline.at
    oldest = tick[np.where(is_there, first, 0)] if length else timeline.at
    found["recency"] = np.where(is_there, (timeline.at - newest) / _TICKS, np.nan)
    found["tenure"] = np.where(is_there, (timeline.at - oldest) / _TICKS, np.nan)
    since = np.diff(tick, prepend=0)
    is_gap = (np.arange(length) > timeline.starts) & (since > 0)
    gaps = Numbers(timeline, since, is_gap, float(_TICKS))
    mean = gaps.mean(None)
    found |= {"gap.mean": mean, "gap.std": gaps.std(), "gap.due": divide(found["recency"], mean)}
    return found | {f"gap.{back}": gaps.last(back) for back in range(1, LAST + 1)}


def divide(part: np.ndarray, whole: np.ndarray) -> Float[np.ndarray, " ask"]:
    """Divide; NaN where the whole is 0."""
    return np.divide(part, np.where(whole == 0, np.nan, whole))


def _trend(newest: np.ndarray, middle: np.ndarray, oldest: np.ndarray) -> _Found:
    return {
        "fading": (4.0 * newest + 2.0 * middle + oldest) / 7.0,
        "trend": divide(newest - middle, np.abs(newest) + np.abs(middle)),
    }
