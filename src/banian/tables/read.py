"""From sources to a database: read, type, clean."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

import ibis
import pyarrow as pa

from banian.errors import TableError, nearest
from banian.spec import ShopSpec, SourceTableSpec
from banian.tables.clean import clean_table
from banian.tables.column import ColumnType
from banian.tables.database import Database
from banian.tables.declared import check_declared, check_ignored
from banian.tables.engines import AbstractEngine, DuckDB
from banian.tables.links import align_keys, count_dangling
from banian.tables.lookup import in_order, look_up
from banian.tables.missing import fill_missing
from banian.tables.sources import (
    AbstractSource,
    Data,
    Frame,
    RawRows,
    build_source,
    check_names,
)
from banian.tables.table import Table


def read_database(
    spec: ShopSpec,
    data: Data,
    *,
    engine: AbstractEngine | None = None,
    types: Mapping[str, Mapping[str, ColumnType]] | None = None,
    optional: Collection[str] = (),
    announce: Callable[[str], None] = lambda _: None,
) -> Database:
    """Read every table of a shop; files lie in the folder `data`, or `data` maps tables to their rows.

    `engine` holds them, DuckDB where none is given. `types` fixes the columns' types (as a bundle remembers them); else
    they are inferred from all values. With `types` a column that is gone has no values, a table may be empty,
    and those in `optional` need not be there: they are empty then. `announce` is told which table comes next.

    Raises:
        SpecError: a declared column does not exist.
        TableError: a source is missing, broken or empty.
        DependencyError: a source needs a library that is not installed.

    """
    engine = engine or DuckDB()
    sources = open_sources(spec, data, optional=_empty_sources(types, optional))
    raws = {}
    for name in in_order(spec):
        announce(name)
        declared = spec.source(name)
        raws[name] = _read(sources[name], engine, name, declared)
        if types is None:  # new data may come without what is ignored
            columns = (*raws[name].columns, *raws[name].ignored)
            check_ignored(name, declared, columns)
    missing: Mapping[str, tuple[str, ...]] = {}
    if types is not None:
        raws, missing = fill_missing(spec, raws, types)
    tables: dict[str, Table] = {}
    asides = []
    for name, raw in raws.items():
        declared = spec.source(name)
        full = replace(raw, rows=look_up(engine, name, declared, raw, tables))
        check_declared(name, declared, full.columns)
        known = types.get(name) if types is not None else None
        table, aside = clean_table(engine, name, declared, full, types=known)
        tables[name] = replace(table, missing=missing.get(name, ()))
        asides.append(aside)
    align_keys(spec, tables)
    count_dangling(tables, refuse_all=types is None)
    return Database(spec, engine, tables, ibis.union(*asides) if len(asides) > 1 else asides[0])


def _empty_sources(
    types: Mapping[str, Mapping[str, ColumnType]] | None, optional: Collection[str]
) -> dict[str, AbstractSource]:
    return {
        name: Frame(pa.table({column: pa.array([], pa.string()) for column in known}))
        for name, known in (types or {}).items()
        if name in optional and known
    }


def sum_sources(spec: ShopSpec, data: Data) -> dict[str, str]:
    """Give every table a sum that changes when the rows of its source change.

    Raises:
        TableError: a source is missing, or its server does not answer.
        DependencyError: a source needs a library that is not installed.

    """
    return {name: source.sum() for name, source in open_sources(spec, data).items()}


def open_sources(
    spec: ShopSpec, data: Data, *, optional: Mapping[str, AbstractSource] | None = None
) -> dict[str, AbstractSource]:
    """Make all sources before any is read, so that what is missing is said at once; `optional` stands in for some.

    Raises:
        TableError: a source is missing, or what is given is of no table.

    """
    declared = {n: t for n, t in spec.tables.items() if isinstance(t, SourceTableSpec)}
    given = data if isinstance(data, Mapping) else {}
    for name in given:
        if name not in declared:
            raise TableError(
                f"data[{name!r}]: the spec has no such table from outside.",
                remedy=nearest(name, declared),
            )
    sources = {}
    for name, table in declared.items():
        try:
            sources[name] = _open(name, table, data, given.get(name))
        except TableError as error:
            if optional is None or name not in optional:
                raise _in_table(name, error) from None
            sources[name] = optional[name]
    return sources


def _open(
    name: str, declared: SourceTableSpec, data: Data, given: pa.Table | Path | None
) -> AbstractSource:
    if isinstance(given, pa.Table):
        return Frame(given)
    text = declared.source if given is None else str(given)
    if text is None:
        raise TableError(
            "there is no source, and no frame was given.",
            remedy=f"Write tables.{name}.source: FILE, or in Python give data={{{name!r}: frame}}",
        )
    try:
        return build_source(text, data if isinstance(data, Path) else Path())
    except ValueError as error:  # a path in the place of a frame, which no spec has checked
        raise TableError(f"{error}.", remedy="Name a file that holds a table.") from None


def _read(
    source: AbstractSource, engine: AbstractEngine, name: str, declared: SourceTableSpec
) -> RawRows:
    try:
        raw = source.read(engine, name, frozenset(declared.ignore))
        check_names(raw.columns)
    except TableError as error:
        raise _in_table(name, error) from None
    except (*source.faults, *engine.faults) as error:
        reason = str(error).strip().splitlines()[0]
        raise TableError(
            f"tables.{name}: {declared.origin} is broken: {reason}",
            remedy="Copy or export the file again, and check that it opens elsewhere.",
        ) from None
    return raw


def _in_table(name: str, error: TableError) -> TableError:
    return TableError(f"tables.{name}: {error.problem}", remedy=error.remedy)
