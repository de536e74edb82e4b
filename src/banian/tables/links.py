"""Links between clean tables: keys that compare, links that lead nowhere, and links that several rows share."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import ibis

from banian.errors import TableError
from banian.spec import DerivedTableSpec, ShopSpec
from banian.tables.table import Table

_MANY = 0.1  # share of links to nowhere from which one should ask why
_EXCEPTIONS = 0.01  # share of a link's values with several rows up to which these are mistakes
_ENOUGH = 20  # so many links to nowhere, and none to somewhere, are no chance


def align_keys(spec: ShopSpec, tables: dict[str, Table]) -> None:
    """Cast keys and the links to them to text where their types differ: 17 in one file, C17 in another."""
    for entity, declared in spec.tables.items():
        if declared.key is None:
            continue
        home = declared.from_ if isinstance(declared, DerivedTableSpec) else entity
        ends = [(home, declared.key)]
        ends += [
            (name, column) for name, links in spec.links_to(entity).items() for column in links
        ]
        if len({tables[name].types[column].kind for name, column in ends}) > 1:
            for name, column in ends:
                table = tables[name]
                rows = table.rows.mutate(**{column: table.rows[column].cast("string")})
                text = replace(table.types[column], kind="text", scale=0)
                tables[name] = replace(table, rows=rows, types={**table.types, column: text})


def count_dangling(
    tables: dict[str, Table], named: Mapping[str, Table], *, refuse_all: bool
) -> None:
    """Count links that name no row of their entity; such a row is kept, its entity counts as unknown.

    `named` has all rows that there are of the tables, among which links are looked for.

    Raises:
        TableError: with `refuse_all`, where not one of 20 or more links of a column leads anywhere.

    """
    for name, table in tables.items():
        for column, entity in sorted(table.spec.links.items()):
            if entity not in tables:
                continue  # a derived entity has exactly the keys that link to it
            key = str(tables[entity].spec.key)
            keys = named[entity].rows.select(key=named[entity].rows[key].cast("string"))
            links = table.rows.select(key=table.rows[column].cast("string"))
            links = links.filter(links.key.notnull())
            dangling = int(links.anti_join(keys, "key").count().to_pyarrow().as_py())
            if not dangling:
                continue
            said = int(links.count().to_pyarrow().as_py())
            is_empty = named[entity].report.kept == 0  # then nothing is wrong with the links
            if refuse_all and not is_empty and dangling == said >= _ENOUGH:
                raise TableError(
                    f"tables.{name}.links.{column}: none of {said} values names a row of {entity!r}.",
                    remedy=_remedy(name, column, entity, key),
                )
            fault = f"{column} names no row of {entity}"
            if dangling >= _MANY * said:
                fault += (
                    f", {dangling / said:.0%} of its values. {_remedy(name, column, entity, key)}"
                )
            noticed = {**table.report.noticed, fault: dangling}
            tables[name] = replace(table, report=replace(table.report, noticed=noticed))
            table = tables[name]


def is_one_to_many(table: Table, column: str) -> bool:
    """Say whether more than 1 % of the values of a link have several rows, so that the table does not describe them."""
    several, values = _count(table, column)
    return several > _EXCEPTIONS * values


def note_repeated_links(spec: ShopSpec, tables: dict[str, Table]) -> None:
    """Note, for tables without time that have one row for nearly every entity, the few entities that have several."""
    for name, column, entity in list(_descriptions(spec, tables)):
        several, values = _count(tables[name], column)
        if 0 < several <= _EXCEPTIONS * values:
            report = tables[name].report
            fault = f"{column} has several rows, so that {name} says nothing of these {entity}"
            noticed = {**report.noticed, fault: several}
            tables[name] = replace(tables[name], report=replace(report, noticed=noticed))


def _descriptions(spec: ShopSpec, tables: dict[str, Table]) -> Iterator[tuple[str, str, str]]:
    for entity, declared in spec.tables.items():
        home = declared.from_ if isinstance(declared, DerivedTableSpec) else entity
        for name, columns in spec.links_to(entity).items():
            if tables[name].spec.time is None and name != home:
                yield from ((name, column, entity) for column in columns)


def _count(table: Table, column: str) -> tuple[int, int]:
    """Count the values that have several rows, and all values."""
    known = table.rows.filter(table.rows[column].notnull())
    rows_of = known.group_by(column).aggregate(n=ibis._.count())
    found = rows_of.aggregate(several=(rows_of.n > 1).sum(), values=rows_of.count()).to_pyarrow()
    return int(found["several"][0].as_py() or 0), int(found["values"][0].as_py())


def _remedy(name: str, column: str, entity: str, key: str) -> str:
    return (
        f"Check that {entity} is complete and writes {key} the way that {name} writes {column}, "
        f"or declare {entity}: {{from: {name}, key: {column}}}"
    )
