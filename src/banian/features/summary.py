"""What an ask is told of the events that it sees, for all columns that become known together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never, final

import numpy as np
from jaxtyping import Float, Int64

from banian.features.numbers import Numbers
from banian.features.running import LIMIT, so_far
from banian.features.state import AbstractState, RunningColumn
from banian.features.ticks import DAY, to_ticks
from banian.features.timeline import AbstractTimeline
from banian.features.windows import (
    MONTH,
    MONTHS_BACK,
    NOW,
    OF_CATEGORIES,
    OF_EVENTS,
    OF_NUMBERS,
    OF_TRUTHS,
    RECENT,
    STEPS,
    WINDOWS,
    Found,
    Statistic,
    divide,
    trend,
)

ColumnKind: TypeAlias = Literal["event", "number", "truth", "category"]
"""What there is: events, of which it is known when they were, or a column of such values."""
STATISTICS: Mapping[ColumnKind, tuple[Statistic, ...]] = {
    "event": OF_EVENTS,
    "number": OF_NUMBERS,
    "truth": OF_TRUTHS,
    "category": OF_CATEGORIES,
}
"""Which statistics are made of each kind, in their order."""
_ENTERS, _LEAVES = "enters", "leaves"
PARTS_OF_WINDOWS = (_LEAVES,)
"""What is read where windows begin; all other parts only at the ask."""


@final
@dataclass(frozen=True)
class Columns:
    """Columns of one kind, and their state along a timeline.

    Args:
        names: the path of the events, and the column; of the events themselves none.
        kind: what they hold.
        state: what ran along with the events; of the events themselves, along the gaps between them.
        timeline: the events, a run of them to each name where these are the events themselves.
        units: by what whole numbers are divided, one for each column; none where they are floats, or no numbers.

    """

    names: tuple[tuple[str, str | None], ...]
    kind: ColumnKind
    state: AbstractState
    timeline: AbstractTimeline
    units: Float[np.ndarray, " column"] | None = None

    def summarise(self) -> Found:
        """Give every statistic of the columns for every ask of the timeline."""
        match self.kind:
            case "event":
                return summarise_events(self.timeline, self.state)
            case "number":
                return Numbers(self.state, self.units).summary()
            case "truth":
                return Numbers(self.state, self.units).shares()
            case "category":
                return count_distinct(self.state)
            case _:
                assert_never(self.kind)


def summarise_events(timeline: AbstractTimeline, gaps: AbstractState) -> Found:
    """Summarise when events happened: counts, and gaps between the moments at which something happened."""
    since = {ago: np.atleast_2d(timeline.since(ago)) for ago in (None, *STEPS)}
    first, stop = since[None], since[NOW]
    is_there = stop > first
    found: Found = {
        ("count", span): (stop - since[window]).astype(np.float64)
        for span, window in WINDOWS.items()
    }
    edges = [since[back] for back in (*MONTHS_BACK, MONTH + MONTHS_BACK[-1])]
    months = (end - start for start, end in zip(edges[1:], edges, strict=False))
    found |= {(f"count.{name}", None): value for name, value in trend(*months).items()}
    for name, position in (("recency", stop - 1), ("tenure", first)):
        tick = timeline.tick_at(np.where(is_there, position, 0))
        found[name, None] = np.where(is_there, (timeline.at - tick) / float(DAY), np.nan)
    numbers = Numbers(gaps, np.full(len(first), float(DAY)))
    mean = numbers.mean("all")
    found["gap.mean", None], found["gap.std", None] = mean, numbers.std()
    found["gap.due", None] = divide(found["recency", None], mean)
    return found | numbers.last("gap")


def run_categories(
    tick: Int64[np.ndarray, " event"],
    values: Int64[np.ndarray, " event"],
    starts: Int64[np.ndarray, " event"],
) -> RunningColumn:
    """Run along a column of codes, which count from 0; -1 is none.

    A value enters a window where it was not there, and leaves it unless it came again meanwhile.
    """
    known = values >= 0
    before, again = np.full(len(tick), -LIMIT), np.full(len(tick), LIMIT)
    same = starts * (int(values.max(initial=0)) + 1) + values
    where = np.flatnonzero(known)
    where = where[np.argsort(same[where], kind="stable")]
    is_again = same[where[1:]] == same[where[:-1]]
    earlier, later = where[:-1][is_again], where[1:][is_again]
    before[later], again[earlier] = tick[earlier], tick[later]
    totals = {}
    for at, span in enumerate(RECENT):
        window = WINDOWS[span]
        length = LIMIT // 2 if window is None else to_ticks(window)
        totals[_ENTERS, at] = so_far(known & (tick - before > length))
        if window is not None:
            totals[_LEAVES, at] = so_far(known & (again - tick > length))
    return RunningColumn(totals, {})


def count_distinct(state: AbstractState) -> Found:
    """Count the distinct values in every window."""
    first, now = state.at(None), state.at(NOW)
    found: Found = {}
    for at, span in enumerate(RECENT):
        inside = now[_ENTERS, at] - first[_ENTERS, at]
        if WINDOWS[span] is not None:
            then = state.at(WINDOWS[span])
            inside = inside - (then[_LEAVES, at] - first[_LEAVES, at])
        found["distinct", span] = inside.astype(np.float64)
    return found
