"""The events of one table that one entity sees, and when each of their columns can be seen."""

from dataclasses import dataclass
from typing import final

import ibis
import ibis.expr.types as ir

from banian.examples.clock import delays_of, known_tick, tick_of
from banian.examples.columns import refuse_twins
from banian.examples.paths import Path
from banian.tables import Database, Table

GAP = "gap.days"
"""What a sequence says of an event beside its columns: how long the one before it was ago."""


@final
@dataclass(frozen=True)
class Clock:
    """Columns of events that become known together, at `tick NUMBER`."""

    numbers: tuple[str, ...]
    truths: tuple[str, ...]
    categories: tuple[str, ...]
    is_own: bool
    """Whether they are known with their event, which then is counted, and timed."""


@final
@dataclass(frozen=True)
class Events:
    """The events of one table that one entity sees."""

    name: str
    """Prefix of the features' names."""
    rows: ir.Table
    """Columns key, `tick NUMBER` for each clock, and `column NAME` for each column of a clock."""
    clocks: tuple[Clock, ...]
    """The events' own clock first."""


def select_events(database: Database, path: Path) -> Events:
    """Select what an entity sees of a table; an event that comes through another entity waits until that is known."""
    spec, table = database.spec, database.tables[path.table]
    refuse_twins([*table.types, GAP], of=table.name)
    clocks: dict[frozenset[str], list[str]] = {frozenset(): []}
    for column, kind in table.types.items():
        if kind.kind not in ("time", "other") and column not in (path.link, table.spec.key):
            delays = delays_of(spec, table.name, frozenset({column}))
            clocks.setdefault(delays, []).append(column)
    ordered = sorted(clocks, key=sorted)
    ticks = {f"tick {n}": known_tick(table.spec, table.rows, d) for n, d in enumerate(ordered)}
    columns = {
        f"column {name}": table.rows[name].cast("int64")
        if table.types[name].kind == "boolean"
        else table.rows[name]
        for names in clocks.values()
        for name in names
    }
    rows = table.rows.select(key=table.rows[path.link], **ticks, **columns)
    if path.via is not None:
        between = database.tables[path.via]
        other = between.rows.select(
            via=between.rows[str(between.spec.key)],
            onward=between.rows[str(path.onward)],
            since=since_of(between),
        )
        joined = rows.join(other, rows.key == other.via)
        later = {
            name: joined[name]
            .isnull()
            .ifelse(
                ibis.null("int64"), ibis.greatest(joined[name], joined.since.fill_null(-(2**62)))
            )
            for name in ticks
        }
        rows = joined.select(*columns, key=joined.onward, **later)
    parts = tuple(_clock(table, clocks[delays], is_own=not delays) for delays in ordered)
    return Events(path.name, rows.filter(rows.key.notnull()), parts)


def _clock(table: Table, columns: list[str], *, is_own: bool) -> Clock:
    names = {*table.spec.links, table.spec.scene}
    numbers = tuple(n for n in columns if table.types[n].is_number and n not in names)
    truths = tuple(n for n in columns if table.types[n].kind == "boolean" and n not in names)
    return Clock(numbers, truths, tuple(n for n in columns if n not in (*numbers, *truths)), is_own)


def since_of(table: Table) -> ir.Value:
    """Give the tick at which a row of a table came to be; null in a static table."""
    time = table.spec.time
    return ibis.null("int64") if time is None else tick_of(table.rows[time])
