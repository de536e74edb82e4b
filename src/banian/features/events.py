"""The events of one table that one entity sees, and when each of their columns can be seen."""

from dataclasses import dataclass
from typing import final

import ibis
import ibis.expr.types as ir

from banian.features.columns import refuse_twins
from banian.features.engine_ticks import known_tick, since_of
from banian.features.feature import GAP, Feature
from banian.features.groups import KnownTogether
from banian.features.path import EventPath
from banian.tables import Database


@final
@dataclass(frozen=True)
class Events:
    """The events of one table that one entity sees.

    Args:
        path: how they reach the entity.
        rows: columns key, `tick NUMBER` for each group, and `column NAME` for each column of a group.
        groups: columns that become known together, those of the row first.

    """

    path: EventPath
    rows: ir.Table
    groups: tuple[KnownTogether, ...]


def select_events(database: Database, path: EventPath, groups: tuple[KnownTogether, ...]) -> Events:
    """Select what an entity sees of a table; an event that comes through another entity waits until that is known."""
    table = database.tables[path.table]
    refuse_twins(
        [Feature(path.table, "event", name) for name in (*table.types, GAP)], of=path.table
    )
    ticks = {
        f"tick {at}": known_tick(table.spec, table.rows, group.known)
        for at, group in enumerate(groups)
    }
    columns = {
        f"column {name}": table.rows[name].cast("int64")
        if name in group.truths
        else table.rows[name]
        for group in groups
        for name in group.columns
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
    return Events(path, rows.filter(rows.key.notnull()), groups)
