"""How tables reach an entity: by a link of their own, events also through an entity that links on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from banian.spec import DerivedTableSpec, ShopSpec, SourceTableSpec


@final
@dataclass(frozen=True)
class EventPath:
    """One way from a table to an entity.

    Args:
        name: prefix of the features that it gives.
        table: the table of the events, or without time the one that describes the entity.
        link: column of its rows that names the entity, or the one through which they reach it.
        via: the entity between them; none where the link names the entity itself.
        onward: column of that entity which names the next one.

    """

    name: str
    table: str
    link: str
    via: str | None = None
    onward: str | None = None


def paths_to(spec: ShopSpec, entity: str) -> Iterator[EventPath]:
    """Give every way from events to an entity; ways through another only for tables without a link of their own."""
    direct = spec.links_to(entity)
    for table, links in direct.items():
        if spec.source(table).time is not None:
            for link in links:
                yield EventPath(table if len(links) == 1 else f"{table}.{link}", table, link)
    for via in sorted(spec.tables):
        columns = [column for column, to in onward_links(spec, via).items() if to == entity]
        for table, links in spec.links_to(via).items() if via != entity else ():
            if table in direct or table == entity or spec.source(table).time is None:
                continue
            for link in links:
                for onward in columns:
                    events = table if len(links) == 1 else f"{table}.{link}"
                    between = via if len(columns) == 1 else f"{via}.{onward}"
                    yield EventPath(f"{events} via {between}", table, link, via, onward)


def static_paths_to(spec: ShopSpec, entity: str) -> Iterator[EventPath]:
    """Give every way from a table without time to an entity that it describes, by a link of its own."""
    declared = spec.tables[entity]
    home = declared.from_ if isinstance(declared, DerivedTableSpec) else entity
    for table, links in spec.links_to(entity).items():
        if spec.source(table).time is None and table != home:
            for link in links:
                yield EventPath(table if len(links) == 1 else f"{table}.{link}", table, link)


def onward_links(spec: ShopSpec, entity: str) -> dict[str, str]:
    """Map the columns of an entity's own table to the entities that they name, sorted.

    An entity declared as one of its columns (`categories: {from: products, key: category}`) needs no link.
    """
    table = spec.tables[entity]
    if not isinstance(table, SourceTableSpec) or table.key is None:
        return {}
    labels = spec.treatments_of(entity).union(*spec.labels_of(entity).values())
    implied = {
        other.key: name
        for name, other in sorted(spec.tables.items())
        if isinstance(other, DerivedTableSpec)
        and other.from_ == entity
        and other.key not in (*table.known_at, *table.derive, *labels, table.key)
    }
    return dict(sorted({**implied, **table.links}.items()))
