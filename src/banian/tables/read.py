"""From sources to a database: read, type, clean."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import ibis

from banian.errors import TableError
from banian.spec import ShopSpec, SourceTableSpec
from banian.tables.clean import clean_table
from banian.tables.column import ColumnType
from banian.tables.database import Database
from banian.tables.declared import check_declared, check_ignored, names_of
from banian.tables.engines import AbstractEngine, DuckDB
from banian.tables.links import align_keys, count_dangling
from banian.tables.lookup import in_order, look_up
from banian.tables.number_marks import read_marks
from banian.tables.several import note_several
from banian.tables.sources import (
    AbstractSource,
    RawRows,
    build_source,
    check_names,
    refuse_many,
    say_strays,
)
from banian.tables.table import Table


def read_database(
    spec: ShopSpec,
    data: Path,
    *,
    engine: AbstractEngine | None = None,
    types: Mapping[str, Mapping[str, ColumnType]] | None = None,
    announce: Callable[[str], None] = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
) -> Database:
    """Read every table of a shop; files lie in the folder `data`.

    `engine` holds them, DuckDB where none is given. `types` fixes the columns' types (as a bundle remembers them); else
    they are inferred from all values. `announce` is told which table comes next, and `warn`
    which lines are no rows, whatever comes of the others.

    Raises:
        SpecError: a declared column does not exist.
        TableError: a source is missing, broken or empty.
        DependencyError: a source needs a library that is not installed.

    """
    engine = engine or DuckDB()
    sources = open_sources(spec, data)
    tables: dict[str, Table] = {}
    asides = []
    for name in in_order(spec):
        announce(name)
        declared = spec.source(name)
        if types is not None:  # new data go on after those that were learned from
            declared = declared.model_copy(update={"until": None})
        known = None if types is None else types.get(name)
        raw = _read(sources[name], engine, name, declared, known)
        say_strays(name, raw, warn)
        raw = read_marks(declared, raw, known)
        if types is None:  # new data may come without what is ignored
            check_ignored(name, declared, (*raw.columns, *raw.ignored))
        raw = replace(raw, rows=look_up(engine, name, declared, raw, tables))
        check_declared(name, declared, raw.columns)
        names = names_of(spec, name)
        tables[name], aside = clean_table(engine, name, declared, raw, names=names, types=known)
        asides.append(aside)
    align_keys(spec, tables)
    count_dangling(tables, refuse_all=types is None)
    note_several(spec, tables)
    return Database(spec, engine, tables, ibis.union(*asides) if len(asides) > 1 else asides[0])


def sum_sources(spec: ShopSpec, data: Path) -> dict[str, str]:
    """Give every source a sum that changes when its rows change.

    Raises:
        TableError: a source is missing, or its server does not answer.
        DependencyError: a source needs a library that is not installed.

    """
    return {
        spec.source(name).source: source.sum() for name, source in open_sources(spec, data).items()
    }


def open_sources(spec: ShopSpec, data: Path) -> dict[str, AbstractSource]:
    """Make all sources before any is read, so that what is missing is said at once."""
    sources = {}
    for name, declared in spec.tables.items():
        if isinstance(declared, SourceTableSpec):
            try:
                sources[name] = build_source(declared, data)
            except TableError as error:
                raise _in_table(name, error) from None
    return sources


def _read(
    source: AbstractSource,
    engine: AbstractEngine,
    name: str,
    declared: SourceTableSpec,
    known: Mapping[str, ColumnType] | None,
) -> RawRows:
    try:
        raw = source.read(engine, name, frozenset(declared.ignore))
        check_names(raw.columns)
        refuse_many(declared.source, raw)
        return raw if raw.columns else _without_rows(raw, declared, known)
    except TableError as error:
        raise _in_table(name, error) from None
    except (*source.faults, *engine.faults) as error:
        reason = str(error).strip().splitlines()[0]
        raise TableError(
            f"tables.{name}: {declared.source} is broken: {reason}",
            remedy="Copy or export the file again, and check that it opens elsewhere.",
        ) from None


def _without_rows(
    raw: RawRows, declared: SourceTableSpec, known: Mapping[str, ColumnType] | None
) -> RawRows:
    """Give a source that names no columns, since it has no rows to name them, those that are known of it.

    Raises:
        TableError: nothing is known of it, or it has rows.

    """
    if known is None or raw.rows.count().to_pyarrow().as_py():
        raise TableError(
            "There are no columns to read.",
            remedy="Check that this is the right source. A file of JSON lines without a line names no columns.",
        )
    own = [column for column in known if column not in {*declared.derive, *declared.lookup}]
    nothing = ibis.null("string")
    return replace(raw, rows=raw.rows.mutate(**dict.fromkeys(own, nothing)))


def _in_table(name: str, error: TableError) -> TableError:
    return TableError(f"tables.{name}: {error.problem}", remedy=error.remedy)
