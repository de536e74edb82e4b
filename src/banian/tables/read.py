"""From sources to a database: read, type, clean."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

import ibis
import pyarrow as pa

from banian.errors import TableError, nearest
from banian.schema import ColumnType, names_of
from banian.spec import ShopSpec, SourceTableSpec
from banian.tables.append import add_rows, hold_as, join_types, without_rows
from banian.tables.clean import clean_table
from banian.tables.column_checks import check_declared, check_named
from banian.tables.database import Database
from banian.tables.engine_faults import reason_of_engine
from banian.tables.engines import AbstractEngine, DuckDB
from banian.tables.links import align_keys, count_dangling, note_repeated_links
from banian.tables.lookup import in_order, look_up
from banian.tables.missing_columns import fill_missing
from banian.tables.number_format import read_number_formats
from banian.tables.pii import hash_columns
from banian.tables.quarantine import nothing_aside
from banian.tables.sources import (
    AbstractSource,
    Data,
    Frame,
    RawRows,
    build_source,
    check_names,
    refuse_malformed,
    warn_malformed,
)
from banian.tables.table import Table


def read_database(
    spec: ShopSpec,
    data: Data,
    *,
    engine: AbstractEngine | None = None,
    types: Mapping[str, Mapping[str, ColumnType]] | None = None,
    optional: Collection[str] = (),
    stored: Mapping[str, Table] | None = None,
    is_hashed: bool = False,
    announce: Callable[[str], None] = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
) -> Database:
    """Read every table of a shop; files lie in the folder `data`, or `data` maps tables to their rows.

    `engine` holds them, DuckDB where none is given. `types` says what the columns are (as a bundle remembers it); else
    that is inferred from all values. With `types` a column that is gone has no values, and tables in `optional` need
    not be there: they are empty then. `stored` are rows read before, which the database leaves out: what is read now
    comes behind them, its links and lookups find them, and even all of it may be set aside. `is_hashed` says that
    personal data are hashes already. `announce` is told which table comes next, and `warn` which lines are no rows,
    whatever comes of the others.

    Raises:
        SpecError: a declared column does not exist.
        TableError: a source is missing, broken or empty.
        DependencyError: a source needs a library that is not installed.

    """
    engine = engine or DuckDB()
    empty = _empty_sources(spec, types, optional)
    sources = open_sources(spec, data, optional=empty)
    absent = {n for n in stored or () if n in empty and sources[n] is empty[n]}
    raws = {}
    for name in in_order(spec):
        if name in absent:
            continue
        announce(name)
        declared = _as_given(spec.source(name), name, data)
        known = None if types is None else types.get(name)
        raw = _read(sources[name], engine, name, declared, known)
        warn_malformed(name, raw, warn)
        if name in empty and name in (stored or ()) and not _has_lines(raw):
            warn(f"tables.{name}: {declared.origin} has no rows, so there is nothing new of {name}")
            absent.add(name)
            continue
        hashed = raw if is_hashed else hash_columns(declared, raw)
        raws[name] = read_number_formats(declared, hashed, known)
        if types is None:  # new data may come without what is ignored
            check_named(name, declared, (*raw.columns, *raw.ignored))
    missing: Mapping[str, tuple[str, ...]] = {}
    if types is not None:
        raws, missing = fill_missing(spec, raws, types)
    tables: dict[str, Table] = {}
    seen = {name: (stored or {})[name] for name in absent}  # as stored: nothing of them is new
    asides = []
    for name, raw in raws.items():
        declared, names = _as_given(spec.source(name), name, data), names_of(spec, name)
        if types is not None:  # new data go on after those that were learned from
            declared = declared.model_copy(update={"until": None})
        full = replace(raw, rows=look_up(engine, name, declared, raw, seen))
        check_declared(name, declared, full.columns)
        known = None if types is None else types.get(name)
        is_more = stored is not None
        table, aside = clean_table(
            engine, name, declared, full, names=names, types=known, is_more=is_more
        )
        written = table.spec.model_copy(update={"source": spec.source(name).source})
        tables[name] = replace(table, spec=written, missing=missing.get(name, ()))
        seen[name] = _beside(tables[name], (stored or {}).get(name))
        asides.append(aside)
    tables |= {name: without_rows(seen[name]) for name in absent}
    align_keys(spec, tables)
    count_dangling(tables, seen if stored else tables, refuse_all=types is None)
    note_repeated_links(spec, tables)
    asides = asides or [nothing_aside(engine)]
    return Database(spec, engine, tables, ibis.union(*asides) if len(asides) > 1 else asides[0])


def _has_lines(raw: RawRows) -> bool:
    """Say whether there is anything, be it lines that are no rows."""
    is_malformed = raw.malformed is not None and raw.malformed.count().to_pyarrow().as_py()
    return bool(is_malformed or raw.rows.count().to_pyarrow().as_py())


def _beside(table: Table, stored: Table | None) -> Table:
    """Put the rows of a table behind those that were read before."""
    if stored is None:
        return table
    types = join_types(stored, table)
    return add_rows(hold_as(stored, types), hold_as(table, types))


def _as_given(declared: SourceTableSpec, name: str, data: Data) -> SourceTableSpec:
    """Let errors name what was given instead of the source that the spec names."""
    given = data.get(name) if isinstance(data, Mapping) else None
    if given is None:
        return declared
    place = str(given) if isinstance(given, Path) else None
    return declared.model_copy(update={"source": place})


def _empty_sources(
    spec: ShopSpec, types: Mapping[str, Mapping[str, ColumnType]] | None, optional: Collection[str]
) -> dict[str, AbstractSource]:
    found: dict[str, AbstractSource] = {}
    for name, known in (types or {}).items():
        if name in optional and known:
            declared = spec.source(name)
            own = [column for column in known if column not in {*declared.derive, *declared.lookup}]
            found[name] = Frame(pa.table({column: pa.array([], pa.string()) for column in own}))
    return found


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
    """Make all sources before any is read, so that missing ones are reported first; `optional` stands in for some.

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
    if given is not None:
        declared = declared.model_copy(update={"source": str(given)})
    if declared.source is None:
        raise TableError(
            "there is no source, and no frame was given.",
            remedy=f"Write tables.{name}.source: FILE, or in Python give data={{{name!r}: frame}}",
        )
    try:
        return build_source(declared, data if isinstance(data, Path) else Path())
    except ValueError as error:  # a path in the place of a frame, which no spec has checked
        raise TableError(f"{error}.", remedy="Name a file that holds a table.") from None


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
        refuse_malformed(declared.origin, raw)
        return raw if raw.columns else _without_rows(raw, declared, known)
    except TableError as error:
        raise _in_table(name, error) from None
    except (*source.faults, *engine.faults) as error:
        raise TableError(
            f"tables.{name}: {declared.origin} is broken: {reason_of_engine(error)}",
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
