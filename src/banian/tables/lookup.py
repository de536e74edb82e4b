"""Columns that a table takes over from the rows it links to: the date of an order for each of its lines."""

from collections.abc import Iterator, Mapping

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from banian.errors import SpecError, nearest
from banian.spec import ShopSpec, SourceTableSpec
from banian.tables.column import cast_column
from banian.tables.table import Table

_PLACE = "banian place"


def in_order(spec: ShopSpec) -> Iterator[str]:
    """Name the source tables, those that others look up before those others."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[str]:
        declared = spec.tables[name]
        if name in done or not isinstance(declared, SourceTableSpec):
            return
        done.add(name)
        for path in declared.lookup.values():
            yield from visit(declared.links[path.partition(".")[0]])
        yield name

    for name in spec.tables:
        yield from visit(name)


def look_up(
    engine: Backend, name: str, spec: SourceTableSpec, rows: ir.Table, tables: Mapping[str, Table]
) -> ir.Table:
    """Put the looked-up columns beside a table's raw rows; null where a link leads nowhere.

    Raises:
        SpecError: a column does not exist, or its new name is taken.

    """
    if not spec.lookup:
        return rows
    found = rows.mutate(**{_PLACE: ibis.row_number()})
    for column, path in sorted(spec.lookup.items()):
        where = f"tables.{name}.lookup.{column}"
        link, _, wanted = path.partition(".")
        entity = tables[spec.links[link]]
        _check(where, column, link, wanted, rows, entity)
        key = str(entity.spec.key)
        value = entity.rows[wanted]
        if value.type().is_timestamp():
            value = value.cast(dt.Timestamp(timezone="UTC"))  # so that no time zone moves it again
        there = entity.rows.select(**{f"{_PLACE} key": entity.rows[key], column: value})
        own = cast_column(found[link], entity.types[key])
        found = found.left_join(there, own == there[f"{_PLACE} key"]).drop(f"{_PLACE} key")
    return engine.create_table(f"{name} found", found.order_by(_PLACE).drop(_PLACE))


def _check(where: str, column: str, link: str, wanted: str, rows: ir.Table, entity: Table) -> None:
    if link not in rows.columns:
        raise SpecError(f"{where}: no column {link!r}.", remedy=nearest(link, rows.columns))
    if wanted not in entity.types:
        raise SpecError(
            f"{where}: {entity.name!r} has no column {wanted!r}.",
            remedy=nearest(wanted, entity.types),
        )
    if column.casefold() in {name.casefold() for name in rows.columns}:
        raise SpecError(
            f"{where}: the table already has a column of that name.", remedy="Choose another name."
        )
