"""What an ask is told of the events that it sees, for all columns that become known together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never, final

import numpy as np
from jaxtyping import Float, Int64

from banian.features.numbers import Numbers
from banian.features.running import LIMIT, so_far
from banian.features.state import AbstractState, RunningColumn
from banian.features.ticks import DAY, to_ticks
from banian.features.timeline import Timeline
from banian.features.windows import (
    MONTH,
    MONTHS_BACK,
    RECENT,
    WINDOWS,
    Found,
    Statistic,
    divide,
    trend,
)

ColumnKind: TypeAlias = Literal["number", "truth", "category"]
"""Which statistics are made of a column."""
_ENTERS, _LEAVES = "enters", "leaves"


@final
@dataclass(frozen=True)
class Columns:
    """Columns of one kind, and their state along a timeline.

    Args:
        names: what they are called.
        kind: numbers, truth values, or anything else.
        state: what ran along with the events.
        units: by what whole numbers are divided, one for each column; none where they are floats, or no numbers.

    """

    names: Sequence[str]
    kind: ColumnKind
    state: AbstractState
    units: Float[np.ndarray, " column"] | None = None

    def summarise(self, timeline: Timeline) -> Found:
        """Give every statistic of the columns, in their order, for every ask of a timeline."""
        match self.kind:
            case "number":
                return Numbers(self.state, timeline, self.units).summary()
            case "truth":
                return Numbers(self.state, timeline, self.units).shares()
            case "category":
                return count_distinct(self.state, timeline)
            case _:
                assert_never(self.kind)


def summarise_events(
    timeline: Timeline, gaps: AbstractState
) -> dict[Statistic, Float[np.ndarray, " ask"]]:
    """Summarise when events happened: counts, and gaps between the moments at which something happened."""
    stop, is_there = timeline.stop, timeline.stop > timeline.first
    found: dict[Statistic, Float[np.ndarray, " ask"]] = {
        ("count", span): (stop - timeline.since(window)).astype(np.float64)
        for span, window in WINDOWS.items()
    }
    edges = [timeline.since(back) for back in (*MONTHS_BACK, MONTH + MONTHS_BACK[-1])]
    months = (end - start for start, end in zip(edges[1:], edges, strict=False))
    found |= {(f"count.{name}", None): value for name, value in trend(*months).items()}
    for name, position in (("recency", stop - 1), ("tenure", timeline.first)):
        tick = timeline.tick_at(np.where(is_there, position, 0))
        found[name, None] = np.where(is_there, (timeline.at - tick) / float(DAY), np.nan)
    numbers = Numbers(gaps, timeline, np.array([float(DAY)]))
    mean = numbers.mean("all")[0]
    found["gap.mean", None], found["gap.std", None] = mean, numbers.std()[0]
    found["gap.due", None] = divide(found["recency", None], mean)
    return found | {statistic: values[0] for statistic, values in numbers.last("gap").items()}


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


def count_distinct(state: AbstractState, timeline: Timeline) -> Found:
    """Count the distinct values in every window."""
    first, now = state.at(timeline.first), state.at(timeline.stop)
    found: Found = {}
    for at, span in enumerate(RECENT):
        inside = now[_ENTERS, at] - first[_ENTERS, at]
        if WINDOWS[span] is not None:
            then = state.at(timeline.since(WINDOWS[span]))
            inside = inside - (then[_LEAVES, at] - first[_LEAVES, at])
        found["distinct", span] = inside.astype(np.float64)
    return found
