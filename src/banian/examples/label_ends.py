"""Where the tables end that labels read: so far they are known, whatever other tables say of the future."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from banian.errors import LabelError
from banian.examples.reach import Reach, format_instant, suggest_earlier_test
from banian.examples.sql import tables_of_query
from banian.features.availability import availability_of
from banian.spec import (
    EntityTaskSpec,
    RowTaskSpec,
    ShopSpec,
    SourceTableSpec,
    TaskSpec,
    TimeSplitSpec,
)
from banian.spec.node import Aggregate, Windowed, columns_of, windowed_of
from banian.spec.window import Offset
from banian.tables import Database

_DAY = timedelta(days=1)
_EPOCH_END = datetime(1970, 2, 1)
_MONTH_ENDS = 3
"""By so many days the last days of two months lie apart."""


def reach_of(database: Database, name: str) -> Reach | None:
    """Find how far the labels of a task are known, with those of the tasks that it is given; nothing without time.

    Raises:
        LabelError: a table that its label reads has no row.

    """
    reaches = [
        found
        for each in given_chain(database.spec, name)
        if (found := _reach_of(database, each)) is not None
    ]
    if not reaches:
        return None
    return Reach(
        tables=tuple(sorted({table for reach in reaches for table in reach.tables})),
        until=min(reach.until for reach in reaches),
        cutoff=min(reach.cutoff for reach in reaches),
    )


def check_reach(database: Database, split: TimeSplitSpec) -> None:
    """Refuse a test cutoff so late that no label of a task can be known from there on.

    Raises:
        LabelError: naming all such tasks, and the latest test cutoff that leaves each a label.

    """
    late = {
        name: found
        for name in database.spec.tasks
        if (found := reach_of(database, name)) is not None and found.cutoff < split.test
    }
    if not late:
        return
    faults = [
        f"tasks.{name}: no label is known from the test cutoff {format_instant(split.test)} on: {found}."
        for name, found in late.items()
    ]
    latest = min(found.cutoff for found in late.values())
    read = {table for found in late.values() for table in found.tables}
    firsts = [database.tables[name].report.first for name in sorted(read)]
    begin = min((datetime.fromisoformat(first) for first in firsts if first), default=latest)
    end = max(found.until for found in late.values())
    raise LabelError("\n".join(faults), remedy=_remedy(split, latest, begin, end))


def _remedy(split: TimeSplitSpec, latest: datetime, begin: datetime, end: datetime) -> str:
    """Say what to write; no cutoff helps where the data do not last as long as a label looks ahead."""
    if end < _EPOCH_END and begin >= datetime(1970, 1, 1):
        return (
            "All times lie in January 1970: are they counts of seconds or parts of them since then? Write "
            "time_format: unix, unix_ms, unix_us or unix_ns."
        )
    if latest <= begin:
        return (
            f"The label looks ahead longer than the data last ({format_instant(begin)} to {format_instant(end)}), so "
            "no cutoff leaves it any: give it a shorter window, or bring data of more time."
        )
    return suggest_earlier_test(split, latest)


def given_chain(spec: ShopSpec, name: str) -> tuple[str, ...]:
    """Name a task and those that it is given, one through the other."""
    chain = [name]
    while (given := spec.tasks[chain[-1]].given) is not None:
        chain.append(given)
    return tuple(chain)


def end_of_part(
    database: Database, grain: str | None, part: Windowed, where: str
) -> datetime | None:
    """Give where the first of the tables ends that bound a window; nothing where one has no row."""
    ends = [end_of(database, table) for table in _tables_of_part(database, grain, part, where)]
    known = [end for end in ends if end is not None]
    return min(known) if known and len(known) == len(ends) else None


def end_of(database: Database, table: str) -> datetime | None:
    """Give where the rows of a table end, those far off left out; nothing where it has no time or no rows."""
    found = database.tables.get(table)
    last = None if found is None else found.report.last
    return None if last is None else datetime.fromisoformat(last)


def default_moment(database: Database, tasks: Iterable[str]) -> datetime | None:
    """Say as of when entities of one grain are asked: where the tables end that the labels of these tasks read.

    New data may lack what only labels read. Then it is where the tables end whose events describe the entity, or else
    any table. Nothing where none has a time.
    """
    spec, moments, described = database.spec, [], set[str]()
    for name in tasks:
        task = spec.tasks[name]
        ends = [end_of(database, table) for table in tables_of_label(database, task, _where(name))]
        if known := [end for end in ends if end is not None]:
            moments.append(min(known))
        if isinstance(task, EntityTaskSpec):
            described.update(spec.links_to(task.for_each))
    if not moments:
        ends = [end_of(database, table) for table in sorted(described)]
        moments = [end for end in ends if end is not None]
    return max(moments, default=database.latest())


def tables_of_label(database: Database, task: TaskSpec, where: str) -> frozenset[str]:
    """Name the tables with a time that bound a label, which stands at `where`: those of its windows, or its own."""
    if isinstance(task, RowTaskSpec) and not task.is_windowed:
        timed = database.spec.source(task.rows).time is not None
        return frozenset({task.rows} if timed else ())
    grain, parts = _entity_of(task), windowed_of(task.tree)
    return frozenset().union(*(_tables_of_part(database, grain, part, where) for part in parts))


def _where(name: str) -> str:
    return f"tasks.{name}.label"


def _entity_of(task: TaskSpec) -> str | None:
    return task.for_each if isinstance(task, EntityTaskSpec) else None


def _reach_of(database: Database, name: str) -> Reach | None:
    task, where = database.spec.tasks[name], _where(name)
    tables = tuple(sorted(tables_of_label(database, task, where)))
    if not tables:
        return None
    ends = {table: end_of(database, table) for table in tables}
    known = {table: end for table, end in ends.items() if end is not None}
    if empty := sorted(ends.keys() - known.keys()):
        raise LabelError(
            f"tasks.{name}: its label reads {empty[0]}, which has no rows, so nothing is known.",
            remedy=f"Check tables.{empty[0]}.source, or leave the task out.",
        )
    until = min(known.values())
    if isinstance(task, RowTaskSpec) and not task.is_windowed:
        return Reach(tables, until, _latest_start(Offset(_delay(database.spec, task)), until))
    overs = (
        (part.window.end, end_of_part(database, _entity_of(task), part, where))
        for part in windowed_of(task.tree)
    )
    cutoffs = [_latest_start(ahead, end) for ahead, end in overs if end is not None]
    return Reach(tables, until, min(cutoffs))


def _delay(spec: ShopSpec, task: RowTaskSpec) -> timedelta:
    if task.within is not None:
        return task.within
    return availability_of(spec, task.rows, *columns_of(task.tree)).delay


def _latest_start(window_end: Offset, end: datetime) -> datetime:
    """Give the latest moment whose window is over by the end: of months that of the longest day."""
    try:
        at = (-window_end).after(end)
    except (OverflowError, ValueError):
        return datetime.min  # longer than times can be
    later = (at + days * _DAY for days in range(_MONTH_ENDS, 0, -1))
    return next((one for one in later if window_end.after(one) <= end), at)


def _tables_of_part(
    database: Database, grain: str | None, part: Windowed, where: str
) -> frozenset[str]:
    if isinstance(part, Aggregate):
        return frozenset({part.table})
    return _events_of_query(database, grain, tables_of_query(database, part, where))


def _events_of_query(database: Database, grain: str | None, read: frozenset[str]) -> frozenset[str]:
    """Choose, of the tables that a query reads, those that no other links to: events bring their entities along."""
    spec = database.spec
    timed = frozenset(
        name
        for name, table in spec.tables.items()
        if isinstance(table, SourceTableSpec) and table.time is not None
    )
    seen = read & timed
    linked = {to for name in seen for to in spec.source(name).links.values() if to != name}
    describing = frozenset() if grain is None else frozenset(spec.links_to(grain))
    return next(filter(None, (seen - linked, seen, describing & timed, timed)), frozenset())
