"""Columns that a table takes over from the row that a link names: what cannot be looked up is refused."""

from collections.abc import Mapping

from banian.errors import nearest
from banian.spec.table import SourceTableSpec, TableSpec


def check_lookup(
    tables: Mapping[str, TableSpec], name: str, table: SourceTableSpec, column: str, path: str
) -> None:
    """Refuse a lookup that leads nowhere, into what has no rows, is known later, or round in a circle.

    Raises:
        ValueError: with the place in the spec, and what to write.

    """
    where = f"tables.{name}.lookup.{column}"
    link, dot, wanted = path.partition(".")
    if not dot or link not in table.links:
        raise ValueError(
            f"{where}: {path!r} does not begin with a link. Write LINK.COLUMN. {nearest(link, table.links)}"
        )
    entity = tables[table.links[link]]
    if not isinstance(entity, SourceTableSpec):
        raise ValueError(f"{where}: {table.links[link]!r} has no rows of its own to look into")
    if wanted in entity.known_at:
        raise ValueError(
            f"{where}: {wanted!r} becomes known later than its row, so it cannot be copied"
        )
    seen, waiting = {name}, [table.links[link]]
    while waiting:
        here = waiting.pop()
        if here == name:
            raise ValueError(f"{where}: the tables look into each other. Leave one lookup out")
        there = tables[here]
        if here not in seen and isinstance(there, SourceTableSpec):
            seen.add(here)
            paths = (one.partition(".")[0] for one in there.lookup.values())
            waiting += [there.links[one] for one in paths if one in there.links]
