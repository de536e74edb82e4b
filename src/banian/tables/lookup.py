"""Columns that a table takes over from the rows it links to: the date of an order for each of its lines."""

from collections.abc import Iterator, Mapping

import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.errors import SpecError, nearest
from banian.spec import ShopSpec, SourceTableSpec
from banian.tables.casts import cast_column
from banian.tables.engines import AbstractEngine
from banian.tables.sources import RawRows
from banian.tables.table import Table
from banian.tables.type_inference import infer_types

_KEY = "banian key"


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
    engine: AbstractEngine,
    name: str,
    spec: SourceTableSpec,
    raw: RawRows,
    tables: Mapping[str, Table],
) -> ir.Table:
    """Put the looked-up columns beside a table's raw rows; null where a link leads nowhere.

    Raises:
        SpecError: a column does not exist, or its new name is taken.

    """
    if not spec.lookup:
        return raw.rows
    found = raw.rows
    for column, path in sorted(spec.lookup.items()):
        where = f"tables.{name}.lookup.{column}"
        link, _, wanted = path.partition(".")
        entity = tables[spec.links[link]]
        _check(where, column, link, wanted, raw.columns, entity)
        key = str(entity.spec.key)
        value = entity.rows[wanted]
        if value.type().is_timestamp():
            value = value.cast(dt.Timestamp(timezone="UTC"))  # so that no time zone moves it again
        there = entity.rows.select(**{_KEY: entity.rows[key].cast("string"), column: value})
        kind = infer_types(engine, raw.rows.select(link), times={}, names={link}).types[link]
        own = cast_column(found[link], kind).cast("string")
        found = found.left_join(there, own == there[_KEY]).drop(_KEY)
    return engine.keep(found)


def _check(
    where: str, column: str, link: str, wanted: str, columns: tuple[str, ...], entity: Table
) -> None:
    if link not in columns:
        raise SpecError(f"{where}: no column {link!r}.", remedy=nearest(link, columns))
    if wanted not in entity.types:
        raise SpecError(
            f"{where}: {entity.name!r} has no column {wanted!r}.",
            remedy=nearest(wanted, entity.types),
        )
    if column.casefold() in {name.casefold() for name in columns}:
        raise SpecError(
            f"{where}: the table already has a column of that name.", remedy="Choose another name."
        )
