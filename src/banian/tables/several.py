"""Tables without time in which several rows name one entity, so that none of them describes it."""

from collections.abc import Iterator
from dataclasses import replace

import ibis

from banian.spec import DerivedTableSpec, ShopSpec
from banian.tables.table import Table

_EXCEPTIONS = 0.01


def has_several(table: Table, column: str) -> bool:
    """Say whether more than 1 % of the values of a column have several rows: no exceptions, but a table of events."""
    several, values = _count(table, column)
    return several > _EXCEPTIONS * values


def note_several(spec: ShopSpec, tables: dict[str, Table]) -> None:
    """Note the exceptions: whoever has several rows in a table that has one of each of the others."""
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
