"""The raw columns that predictions are made from, and those that new data may lack."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from banian.features.availability import reads_of
from banian.features.feature import Feature
from banian.spec import EntityTaskSpec, RowTaskSpec, ShopSpec, SourceTableSpec, TaskSpec
from banian.spec.expression import parse_expression
from banian.spec.node import Aggregate, Node, columns_of, is_condition, windowed_of

ColumnsByTable = dict[str, set[str]]
"""Table → its columns, as the source has them."""


def find_used_columns(
    spec: ShopSpec,
    columns: Mapping[str, Collection[str]],
    features: Iterable[Feature],
    tasks: Mapping[str, TaskSpec],
) -> ColumnsByTable:
    """Name the columns from which some tasks are predicted: those behind features, conditions and trailing levels.

    Of every table among them also its key, time, links, scene and what its `where` reads. `columns` names those of
    every table, `features` what is read of any entity. A table that is not named need not be there.
    """
    found: ColumnsByTable = {}
    for feature in features:
        origin = feature.origin
        found.setdefault(origin.table, set())
        if origin.column is not None:
            found[origin.table].add(origin.column)
    for task in tasks.values():
        _add_task(spec, found, columns, task)
    for name in tuple(found):
        table = spec.source(name)
        structure = {table.key, table.time, table.scene, *table.links} - {None}
        found[name] |= {str(column) for column in structure}
        if table.where is not None:
            found[name] |= columns_of(parse_expression(table.where))
    return _to_raw(spec, found, columns)


def find_unneeded_columns(spec: ShopSpec) -> ColumnsByTable:
    """Name the columns that new rows need not have: labels, what decides them, and what becomes known later."""
    found: ColumnsByTable = {}
    for name, table in spec.tables.items():
        if isinstance(table, SourceTableSpec):
            labels = spec.treatments_of(name).union(*spec.labels_of(name).values())
            read = (reads_of(table, column) for column in (*labels, *table.known_at))
            found[name] = set(table.promised).union(*read) - {
                table.key,
                table.time,
                table.scene,
                *table.links,
            }
    return found


def _add_task(
    spec: ShopSpec, found: ColumnsByTable, columns: Mapping[str, Collection[str]], task: TaskSpec
) -> None:
    home = task.rows if isinstance(task, RowTaskSpec) else _home(spec, task)
    found.setdefault(home, set())
    if isinstance(task, EntityTaskSpec):
        found[home].add(str(spec.tables[task.for_each].key))
    if task.condition is not None:
        found[home] |= columns_of(task.condition)
        _add_windows(found, columns, home, task.condition)
    if not is_condition(task.tree):  # then the windows before the row say how high it usually is
        _add_windows(found, columns, home, task.tree)


def _add_windows(
    found: ColumnsByTable, columns: Mapping[str, Collection[str]], home: str, node: Node
) -> None:
    for part in windowed_of(node):
        if isinstance(part, Aggregate):
            inside = frozenset() if part.where is None else columns_of(part.where)
            read = {part.column} if part.column is not None else set()
            found.setdefault(part.table, set()).update(read, inside, part.same)
            found[home].update(part.same)
        elif not part.window.is_ahead:  # a query says by words which tables and columns it reads
            words = {word.casefold() for word in re.findall(r"\w+", part.query)}
            for table in columns:
                if table.casefold() in words:
                    found.setdefault(table, set()).update(
                        column for column in columns[table] if column.casefold() in words
                    )


def _home(spec: ShopSpec, task: EntityTaskSpec) -> str:
    table = spec.tables[task.for_each]
    return task.for_each if isinstance(table, SourceTableSpec) else table.from_


def _to_raw(
    spec: ShopSpec, found: ColumnsByTable, columns: Mapping[str, Collection[str]]
) -> ColumnsByTable:
    raw: ColumnsByTable = {}
    waiting = list(_pairs(found))
    while waiting:
        table, column = waiting.pop()
        source = spec.source(table)
        if column in raw.setdefault(table, set()):
            continue
        if column in source.lookup:
            link, _, there = source.lookup[column].partition(".")
            waiting += [(table, link), (source.links[link], there)]
        elif column in source.derive:
            waiting += [(table, read) for read in reads_of(source, column) - {column}]
        elif column in columns.get(table, ()):
            raw[table].add(column)
    return raw


def _pairs(found: ColumnsByTable) -> Iterator[tuple[str, str]]:
    for table, names in found.items():
        for name in sorted(names):
            yield table, name
