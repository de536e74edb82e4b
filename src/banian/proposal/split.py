"""A split by time that leaves every task enough to learn from, and the few cutoffs at which a probe asks."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from banian.examples.label_ends import tables_of_label
from banian.proposal.horizon import DAY, HOUR, width_needed
from banian.spec import (
    EntityTaskSpec,
    IdSplitSpec,
    ShopSpec,
    SplitSpec,
    TaskSpec,
    TimeSplitSpec,
)
from banian.tables import Database

_SHARE = 0.15
"""Of the data that select, and of those that judge, unless a horizon is longer."""
_REACH = 20
"""So many training cutoffs reach back over the longest horizon of a grain; 24 are laid at most."""
_MOST_CUTOFFS = 6


def is_timed(spec: ShopSpec, task: TaskSpec) -> bool:
    """Say whether a task is asked at moments, so that it can be split by time."""
    return isinstance(task, EntityTaskSpec) or spec.source(task.rows).time is not None


def choose_split(database: Database, tasks: Iterable[TaskSpec], *, in_time: bool) -> SplitSpec:
    """Put the test cutoff one horizon before the end of the tables that labels read, validation one before that."""
    if not in_time:
        return IdSplitSpec(by="id")
    asked = list(tasks)
    first, last = _span(database, asked)
    longest = max(
        width_needed(task.horizon, of_rows=not isinstance(task, EntityTaskSpec)) for task in asked
    )
    unit = DAY if last - first >= 14 * DAY else HOUR
    width = -(-max(longest, (last - first) * _SHARE) // unit) * unit
    test = _floor(last - width, unit)
    return TimeSplitSpec(valid=test - width, test=test, stride=_stride(asked, unit))


def probe_cutoffs(database: Database, split: SplitSpec) -> dict[str, tuple[datetime, ...]]:
    """Lay a few cutoffs per entity so far apart that their windows do not overlap, oldest first."""
    if not isinstance(split, TimeSplitSpec):
        return {}
    of_grain: dict[str, list[EntityTaskSpec]] = {}
    for task in database.spec.tasks.values():
        if isinstance(task, EntityTaskSpec):
            of_grain.setdefault(task.for_each, []).append(task)
    found = {}
    for grain, tasks in of_grain.items():
        first, _ = _span(database, tasks)
        longest = max(task.horizon for task in tasks)
        begin = first + min(*(task.horizon for task in tasks), 30 * DAY)
        step = max(longest, (split.valid - begin) / (_MOST_CUTOFFS - 2))
        earlier = [split.valid - at * step for at in range(_MOST_CUTOFFS - 1)]
        found[grain] = (*(at for at in reversed(earlier) if at >= begin), split.test)
    return found


def _span(database: Database, tasks: Iterable[TaskSpec]) -> tuple[datetime, datetime]:
    """Say from when to when labels can be known: up to the first end of the tables that they read.

    Tables that ended long before the one that most labels read do not count: nobody writes them any more.
    """
    read = Counter(name for task in tasks for name in tables_of_label(database, task, "label"))
    reports = {name: database.tables[name].report for name in sorted(read)}
    spans = {
        name: (datetime.fromisoformat(report.first), datetime.fromisoformat(report.last))
        for name, report in reports.items()
        if report.first and report.last
    }
    main = max(spans, key=lambda name: (read[name], reports[name].kept))
    begin, end = spans[main]
    alive = [span for span in spans.values() if span[1] >= end - _SHARE * (end - begin)]
    return min(first for first, _ in alive), min(last for _, last in alive)


def _stride(tasks: list[TaskSpec], unit: timedelta) -> timedelta | None:
    """Widen the steps between training cutoffs where they would not reach over the longest horizon of a grain."""
    needed = []
    for grain in {task.grain for task in tasks if isinstance(task, EntityTaskSpec)}:
        horizons = [task.horizon for task in tasks if task.grain == grain]
        if max(horizons) > _REACH * min(horizons) / 3:
            needed.append(-(-max(horizons) // (_REACH * unit)) * unit)
    return max(needed, default=None)


def _floor(at: datetime, unit: timedelta) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // unit * unit
