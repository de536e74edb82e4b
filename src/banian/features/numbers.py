"""Columns of numbers along a timeline: what runs along with the events, and the statistics that are read from it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Bool, Float, Int64

from banian.features.feature import Span
from banian.features.running import (
    LIMIT,
    parts_of_squares,
    parts_of_sum,
    so_far,
    squares_between,
    sum_between,
)
from banian.features.state import AbstractSnapshot, AbstractState, Part, Position, RunningColumn
from banian.features.windows import (
    LAST,
    MONTH,
    MONTHS_BACK,
    NOW,
    RECENT,
    WINDOWS,
    Found,
    divide,
    trend,
)

_NEVER = np.iinfo(np.int64).min
_ROOT_OF_LARGEST = 1e150
"""Of larger floats the squares are beyond floats."""
_COUNT, _NEGATIVE = ("count", 0), ("negative", 0)
_LEAST, _GREATEST = ("least", 0), ("greatest", 0)
_AROUND = "around first"
PARTS_OF_WINDOWS = (_COUNT[0], "sum")
"""What is read where windows begin; all other parts only at the ask."""
Values = Int64[np.ndarray, " event"] | Float[np.ndarray, " event"]
Totals: TypeAlias = dict[Part, Int64[np.ndarray, " event_and_one"]]
Held: TypeAlias = Callable[[Position], Int64[np.ndarray, " ask"]]


def run_numbers(
    values: Values, known: Bool[np.ndarray, " event"], starts: Int64[np.ndarray, " event"]
) -> RunningColumn:
    """Run along a column of numbers.

    Args:
        values: the numbers, in whole units or as floats; those that are not known are not looked at.
        known: where there is one.
        starts: per event, the first event of its entity.

    """
    values = np.where(known, values, 0)
    totals = _run_sums(values, known) | _run_spread(values, known, starts)
    totals[_NEGATIVE] = so_far(values < 0)
    held = _newest(values[known], totals[_COUNT])
    for part, sign in ((_LEAST, -1), (_GREATEST, 1)):
        held[part] = _held(_greatest_so_far(values, known, starts, sign))
    return RunningColumn(totals, held)


def run_truths(
    values: Int64[np.ndarray, " event"], known: Bool[np.ndarray, " event"]
) -> RunningColumn:
    """Run along a column of truth values, 0 or 1; those that are not known are not looked at."""
    return RunningColumn(_run_sums(np.where(known, values, 0), known), {})


def run_gaps(
    tick: Int64[np.ndarray, " event"], starts: Int64[np.ndarray, " event"]
) -> RunningColumn:
    """Run along the gaps, in ticks, between the moments at which something happened."""
    since = np.diff(tick, prepend=0)
    known = (np.arange(len(since)) > starts) & (since > 0)
    values = np.where(known, since, 0)
    totals = _run_sums(values, known) | _run_spread(values, known, starts)
    return RunningColumn(totals, _newest(values[known], totals[_COUNT]))


def _run_sums(values: Values, known: Bool[np.ndarray, " event"]) -> Totals:
    sums = {part: so_far(steps) for part, steps in parts_of_sum("sum", values)}
    return {_COUNT: so_far(known), **sums}


def _run_spread(
    values: Values, known: Bool[np.ndarray, " event"], starts: Int64[np.ndarray, " event"]
) -> Totals:
    around = _around_first(values, known, starts)
    totals = {part: so_far(steps) for part, steps in parts_of_sum(_AROUND, around)}
    return totals | {part: so_far(steps) for part, steps in parts_of_squares(around)}


@final
class Numbers:
    """Reads statistics of some columns of numbers for each ask.

    Args:
        state: their state along a timeline.
        units: per column, by what its whole numbers are divided; nothing where they are floats.

    """

    def __init__(self, state: AbstractState, units: Float[np.ndarray, " column"] | None) -> None:
        self._state = state
        self._is_whole = units is not None
        self._unit = np.ones((1, 1)) if units is None else units[:, None]
        self._snapshots: dict[timedelta | None, AbstractSnapshot] = {}
        self._sums: dict[tuple[timedelta | None, timedelta], Float[np.ndarray, "column ask"]] = {}
        self._counts: dict[Span, Float[np.ndarray, "column ask"]] = {}

    def summary(self) -> Found:
        """Summarise numbers: [column, ask] of each statistic."""
        found: Found = {("sum", span): self._sum(WINDOWS[span]) for span in RECENT}
        found |= {("mean", span): self.mean(span) for span in RECENT}
        found["min", "all"] = self._extreme(_LEAST, -1.0)
        found["max", "all"] = self._extreme(_GREATEST, 1.0)
        found["std", "all"] = self.std()
        negative = self._at(NOW)[_NEGATIVE] - self._at(None)[_NEGATIVE]
        found["negative", "all"] = divide(negative.astype(np.float64), self._count("all"))
        found |= self.last("last")
        months = (self._sum(MONTH + back, back) for back in MONTHS_BACK)
        return found | {(f"sum.{name}", None): v for name, v in trend(*months).items()}

    def shares(self) -> Found:
        """Summarise truth values: the share of true ones in every window."""
        return {("mean", span): self.mean(span) for span in WINDOWS}

    def mean(self, span: Span) -> Float[np.ndarray, "column ask"]:
        """Average the values of a window."""
        return divide(self._sum(WINDOWS[span]), self._count(span))

    def std(self) -> Float[np.ndarray, "column ask"]:
        """Give the standard deviation of all values so far, of two or more."""
        start, stop, count = self._at(None), self._at(NOW), self._count("all")
        square = divide(squares_between(start, stop, is_whole=self._is_whole), count)
        mean = divide(sum_between(start, stop, _AROUND, is_whole=self._is_whole), count)
        spread = np.sqrt(np.maximum(square - mean * mean, 0.0)) / self._unit
        return np.where(count >= 2, spread, np.nan)

    def last(self, name: str) -> Found:
        """Give the newest values, one statistic each: `NAME.1` is the newest."""
        count, newest = self._count("all"), self._at(NOW)
        return {
            (f"{name}.{back}", None): self._values(newest["last", back], count >= back, 1.0)
            for back in range(1, LAST + 1)
        }

    def _sum(
        self, since: timedelta | None, until: timedelta = NOW
    ) -> Float[np.ndarray, "column ask"]:
        if (since, until) not in self._sums:
            start, stop = self._at(since), self._at(until)
            total = sum_between(start, stop, "sum", is_whole=self._is_whole)
            self._sums[since, until] = total / self._unit
        return self._sums[since, until]

    def _count(self, span: Span) -> Float[np.ndarray, "column ask"]:
        if span not in self._counts:
            steps = self._at(NOW)[_COUNT] - self._at(WINDOWS[span])[_COUNT]
            self._counts[span] = steps.astype(np.float64)
        return self._counts[span]

    def _extreme(self, part: Part, sign: float) -> Float[np.ndarray, "column ask"]:
        return self._values(self._at(NOW)[part], self._count("all") > 0, sign)

    def _values(
        self,
        held: Int64[np.ndarray, "column ask"],
        is_there: Bool[np.ndarray, "column ask"],
        sign: float,
    ) -> Float[np.ndarray, "column ask"]:
        values = held if self._is_whole else held.view(np.float64)
        return np.where(is_there, np.where(is_there, values, 0) * sign / self._unit, np.nan)

    def _at(self, ago: timedelta | None) -> AbstractSnapshot:
        """Give the state so long ago; before all events for None."""
        if ago not in self._snapshots:
            self._snapshots[ago] = self._state.at(ago)
        return self._snapshots[ago]


def _around_first(
    values: Values, known: Bool[np.ndarray, " event"], starts: Int64[np.ndarray, " event"]
) -> Values:
    """Take the entity's first value from all of its values.

    Being one of them, it is near enough to their mean that a difference of squares loses no more digits than there are
    values.
    """
    most = LIMIT // 2 if values.dtype == np.int64 else _ROOT_OF_LARGEST
    values = np.clip(values, -most, most)
    where = np.flatnonzero(known)
    if not len(where):
        return values
    nearest = np.searchsorted(where, starts)
    pivot = values[where[np.minimum(nearest, len(where) - 1)]]
    return np.where(known, values - pivot, 0)


def _greatest_so_far(
    values: Values,
    known: Bool[np.ndarray, " event"],
    starts: Int64[np.ndarray, " event"],
    sign: int,
) -> Values:
    """Give the greatest of the entity's values up to each event, times the sign; the least of them for -1."""
    is_whole = values.dtype == np.int64
    own = np.maximum(values, -LIMIT * 2 + 1) if is_whole else values
    found = np.where(known, own * sign, _NEVER if is_whole else -np.inf)
    position, step = np.arange(len(found)), 1
    longest = int((position - starts).max(initial=0))
    while step <= longest:  # each pass doubles how far back the maximum reaches
        is_own = position[step:] - step >= starts[step:]
        both = np.maximum(found[step:], found[:-step])
        found[step:] = np.where(is_own, both, found[step:])
        step *= 2
    return found


def _held(after: Values) -> Held:
    """Read what was held after the event before each position; anything where there is none."""
    bits = after.view(np.int64)

    def read(position: Position) -> Int64[np.ndarray, " ask"]:
        return bits[position - 1] if len(bits) else np.zeros_like(position)

    return read


def _newest(values: Values, count: Int64[np.ndarray, " event_and_one"]) -> dict[Part, Held]:
    """Read the newest of the known values before each position, and those that are one and two back."""
    bits = values.view(np.int64)

    def read(position: Position, back: int) -> Int64[np.ndarray, " ask"]:
        rank = np.maximum(count[position] - back, 0)
        return bits[rank] if len(bits) else np.zeros_like(position)

    return {("last", back): partial(read, back=back) for back in range(1, LAST + 1)}
