"""Tables from which no feature is made: why, and what to declare so that they are used."""

from collections.abc import Collection, Iterable

from banian.examples.examples import Examples
from banian.features import Types, entities_of_task, features_told
from banian.spec import DerivedTableSpec, ShopSpec, SourceTableSpec


def find_unused_tables(
    spec: ShopSpec, types: Types, built: Iterable[tuple[ShopSpec, Examples]]
) -> dict[str, str]:
    """Map every table that gives no feature to the reason and the remedy.

    `built` has all that is asked, and the spec that asks it.

    Without examples only those are named that lie apart from all others.
    """
    grains = [(asks, rows) for asks, one in built for rows in one.grains.values()]
    asked, given = set[str](), set[str]()
    for asks, rows in grains:
        task = asks.tasks[rows.tasks[0]]
        asked |= {one.entity for one in entities_of_task(spec, task)}
        told = features_told(spec, types, task)
        for entity, seen in rows.entities.items():
            given |= {told[entity][name].origin.table for name in seen.columns.column_names}
    given |= asked | _looked_into(spec)
    if not grains:
        asked = set(spec.tables)
        given |= {
            name
            for entity in spec.tables
            for name in (*spec.links_to(entity), entity)
            if spec.links_to(entity)
        }
    return {
        name: _why(spec, types, name, asked)
        for name, table in spec.tables.items()
        if isinstance(table, SourceTableSpec) and name not in given
    }


def _looked_into(spec: ShopSpec) -> set[str]:
    return {
        table.links[path.partition(".")[0]]
        for table in spec.tables.values()
        if isinstance(table, SourceTableSpec)
        for path in table.lookup.values()
    }


def _why(spec: ShopSpec, types: Types, name: str, asked: Collection[str]) -> str:
    table = spec.source(name)
    targets = {entity for entity in spec.tables if name in spec.links_to(entity)}
    homes = {
        n for n, t in spec.tables.items() if isinstance(t, DerivedTableSpec) and t.from_ == name
    }
    for entity in sorted(homes - targets):
        if not table.links:
            return (
                f"it names {entity}, and has no link to them. Write tables.{name}: links: "
                f"{{{spec.tables[entity].key}: {entity}}}."
            )
    if targets:
        return _why_linked(spec, types, name, targets, asked)
    if spec.links_to(name) or homes:
        known = " or ".join(sorted({name} if spec.links_to(name) else homes))
        return (
            f"nothing that is asked about links to {known} in at most two steps. "
            "Take its columns over: lookup: {COLUMN: LINK.COLUMN}, or ask FOR EACH of what links to it."
        )
    said = "nothing links to its key" if table.key else "it has neither links nor a key"
    return f"{said}, so nobody knows whose rows these are. {_suggest(spec, types, name)}"


def _why_linked(
    spec: ShopSpec, types: Types, name: str, targets: set[str], asked: Collection[str]
) -> str:
    table, shown = spec.source(name), " or ".join(sorted(targets))
    link = next(column for one in sorted(targets) for column in spec.links_to(one)[name])
    if not targets & set(asked):
        return (
            f"it describes {shown}, and no task is about them or about rows that link to them. "
            f"Ask FOR EACH {min(targets)}, or write the link in what is asked about."
        )
    if table.time is not None:
        return (
            "the rows that are asked about have no time, so nothing came before them. "
            "Give their table a time and split by time."
        )
    plain = set(types.get(name, ())) - {table.key, table.scene, *table.links}
    if not plain:
        return f"it has no column but keys and links. Derive one, or leave {name} out."
    return (
        f"it has several rows for one of {shown} and no time, so they cannot be put in order. Write "
        f"time: COLUMN; where it is one row that counts, key: {link} keeps one of each."
    )


def _suggest(spec: ShopSpec, types: Types, name: str) -> str:
    """Say which link to write, by names of columns that are keys elsewhere."""
    table = spec.source(name)
    for entity, other in sorted(spec.tables.items()):
        for column in sorted(types.get(name, ())):
            if entity != name and str(other.key).casefold() == column.casefold():
                return f"Write tables.{name}: links: {{{column}: {entity}}}."
    for there, found in sorted(types.items()):
        for column in sorted(found):
            if table.key and there != name and column.casefold() == table.key.casefold():
                return f"Write tables.{there}: links: {{{column}: {name}}}."
    if table.key:
        return f"Write in the table that holds it: links: {{COLUMN: {name}}}."
    return f"Write tables.{name}: links: {{COLUMN: TABLE}}, or leave the table out."
