"""What rows are told: of which entities, and which features of each; by the spec and the types of columns alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

from banian.features.columns import is_read, own_columns, own_features, own_numbers, semantic_type
from banian.features.feature import Feature, Origin
from banian.features.groups import KnownTogether, group_columns
from banian.features.path import EventPath, onward_links, paths_to, static_paths_to
from banian.features.windows import OF_CATEGORIES, OF_EVENTS, OF_NUMBERS, OF_TRUTHS, Statistic
from banian.schema import ColumnType
from banian.spec import DerivedTableSpec, RowTaskSpec, ShopSpec, SourceTableSpec, TaskSpec

Types = Mapping[str, Mapping[str, ColumnType]]
"""Table → column → its type."""


@final
@dataclass(frozen=True)
class Described:
    """An entity that rows are told of.

    Args:
        name: what it is called among those of the row: its table, and by which link where there are several.
        entity: its table, or the derived entity.
        key: the raw column that names it; none where it is the asking row itself.
        through: the entity that links on to it, as it is called; none where the asking row links to it, or is about it.

    """

    name: str
    entity: str
    key: Origin | None
    through: str | None = None


def entities_of_rows(spec: ShopSpec, table: str) -> tuple[Described, ...]:
    """List the asking row itself, every entity that it links to, and those that they link to."""
    found = {table: Described(table, table, None)}
    links = spec.source(table).links
    for column, entity in links.items():
        name = entity if entity not in found else f"{entity} by {column}"
        found[name] = Described(name, entity, Origin(table, column))
    for one in tuple(found.values())[1:]:
        _add_parents(spec, found, one)
    return tuple(found.values())


def entities_of_entity(spec: ShopSpec, entity: str) -> tuple[Described, ...]:
    """List an entity that is asked about, and those that it links on to."""
    declared = spec.tables[entity]
    home = declared.from_ if isinstance(declared, DerivedTableSpec) else entity
    found = {entity: Described(entity, entity, Origin(home, declared.key))}
    _add_parents(spec, found, found[entity])
    return tuple(found.values())


def _add_parents(spec: ShopSpec, found: dict[str, Described], of: Described) -> None:
    for column, parent in onward_links(spec, of.entity).items():
        if parent not in found:
            found[parent] = Described(parent, parent, Origin(of.entity, column), of.name)


def entities_of_task(spec: ShopSpec, task: TaskSpec) -> tuple[Described, ...]:
    """List the entities that the rows of a task are told of."""
    if isinstance(task, RowTaskSpec):
        return entities_of_rows(spec, task.rows)
    return entities_of_entity(spec, task.for_each)


def features_of_row(spec: ShopSpec, types: Types, table: str) -> Iterator[Feature]:
    """Plan what the asking row says of itself."""
    yield from own_features(spec, table, types[table], own_columns(spec, table, types[table]))
    time = spec.source(table).time
    if time is not None:
        yield from (Feature(table, statistic, time=time) for statistic in ("hour", "weekday"))
        for column, entity in spec.source(table).links.items():
            path = path_of_link(spec, entity, table, column)
            for number in own_numbers(spec, table, types[table]):
                yield Feature(table, "relative", number, time, path)


def path_of_link(spec: ShopSpec, entity: str, table: str, link: str) -> EventPath:
    """Give the path by which the rows of a table reach an entity through one of their links."""
    return next(path for path in paths_to(spec, entity) if (path.table, path.link) == (table, link))


def features_of_entity(
    spec: ShopSpec, types: Types, entity: str, *, has_time: bool, besides: str | None = None
) -> Iterator[Feature]:
    """Plan all that may be known of an entity: its own row, tables that describe it, and the history of events.

    Args:
        spec: the shop.
        types: the types of all columns.
        entity: who is described.
        has_time: whether it is asked about at instants, so that it has a history.
        besides: the table whose rows ask; it does not describe them, too.

    """
    if isinstance(spec.tables[entity], SourceTableSpec) and entity in types:
        yield from own_features(
            spec, entity, types[entity], attributes_of(spec, types, entity, has_time=has_time)
        )
    for path in static_paths_to(spec, entity):
        if path.table != besides and path.table in types:
            yield from static_features(spec, types, entity, path)
    for path in paths_to(spec, entity) if has_time else ():
        if path.table in types:
            groups = group_columns(spec, types[path.table], path)
            yield from history_features(spec, types, entity, path, groups).values()


def attributes_of(spec: ShopSpec, types: Types, entity: str, *, has_time: bool) -> tuple[str, ...]:
    """Name the columns of an entity's own row that say something of it, those that become known later among them."""
    later = sorted(spec.source(entity).known_at) if has_time else []
    return (
        *own_columns(spec, entity, types[entity]),
        *(
            name
            for name in later
            if is_read(types[entity][name]) and types[entity][name].kind != "time"
        ),
    )


def static_features(
    spec: ShopSpec, types: Types, entity: str, path: EventPath
) -> Iterator[Feature]:
    """Plan what a table without time says of the entity that it describes."""
    table = types[path.table]
    for name in own_columns(spec, path.table, table):
        if name != path.link:
            kind = semantic_type(spec.source(path.table), table, name)
            yield Feature(
                entity, "age" if kind == "time" else "value", name, path=path, semantic=kind
            )


def history_features(
    spec: ShopSpec,
    types: Types,
    entity: str,
    path: EventPath,
    groups: tuple[KnownTogether, ...],
) -> dict[tuple[str | None, Statistic], Feature]:
    """Plan what is made of the events of a path, by column and statistic; the columns of sequences are not among it."""
    table, time = types[path.table], spec.source(path.table).time
    found: dict[tuple[str | None, Statistic], Feature] = {}
    for group in groups:
        ways = [
            (group.numbers, OF_NUMBERS),
            (group.truths, OF_TRUTHS),
            (group.categories, OF_CATEGORIES),
        ]
        for columns, statistics in ways:
            for column in columns:
                kind = semantic_type(spec.source(path.table), table, column)
                for name, span in statistics:
                    found[column, (name, span)] = Feature(
                        entity, name, column, time, path, span, group.known, kind
                    )
        if group.known.is_at_row:
            for name, span in OF_EVENTS:
                found[None, (name, span)] = Feature(entity, name, None, time, path, span)
    return found


def sequence_features(
    spec: ShopSpec, types: Types, entity: str, path: EventPath, group: KnownTogether
) -> dict[str | None, Feature]:
    """Plan what a sequence says of an event, by column; none is how long the event before it was ago."""
    table, time = types[path.table], spec.source(path.table).time
    columns = (*((None,) if group.known.is_at_row else ()), *group.columns)
    found = {}
    for column in columns:
        kind = "number" if column is None else semantic_type(spec.source(path.table), table, column)
        found[column] = Feature(entity, "event", column, time, path, None, group.known, kind)
    return found


def features_told(spec: ShopSpec, types: Types, task: TaskSpec) -> dict[str, dict[str, Feature]]:
    """Map each entity that the rows of a task are told of, as it is called, to its features by name.

    What sequences say of an event is among them. Which of them there are is for the data to say: a table that
    describes an entity says nothing where it has several rows for one.
    """
    besides, has_time = None, True
    if isinstance(task, RowTaskSpec):
        besides, has_time = task.rows, spec.source(task.rows).time is not None
    found = {}
    for one in entities_of_task(spec, task):
        if one.key is None:
            features = list(features_of_row(spec, types, one.entity))
        else:
            features = list(
                features_of_entity(spec, types, one.entity, has_time=has_time, besides=besides)
            )
            for path in paths_to(spec, one.entity) if has_time else ():
                if path.table in types:
                    for group in group_columns(spec, types[path.table], path):
                        features += sequence_features(spec, types, one.entity, path, group).values()
        found[one.name] = {feature.name: feature for feature in features}
    return found
