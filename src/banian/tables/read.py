"""From files to a database: read, type, clean."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
import ibis
from ibis.backends.duckdb import Backend

from banian.errors import SpecError, TableError, nearest
from banian.spec import DerivedTableSpec, ShopSpec, SourceTableSpec
from banian.tables.clean import RESERVED, RawTable, clean_table, times_of
from banian.tables.column import ColumnType
from banian.tables.database import Database
from banian.tables.table import Table

_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")


def read_database(
    spec: ShopSpec,
    data: Path,
    *,
    types: Mapping[str, Mapping[str, ColumnType]] | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> Database:
    """Read every table of a shop from the folder `data`.

    `types` fixes the columns' types (as a bundle remembers them); else they are inferred from all values.
    `announce` is told which table comes next.

    Raises:
        SpecError: a declared column does not exist.
        TableError: a file is missing, broken or empty.

    """
    engine = ibis.duckdb.connect()
    engine.raw_sql("SET TimeZone = 'UTC'")
    engine.raw_sql(
        "SET enable_progress_bar = false"
    )  # it would write into what is read by programs
    tables: dict[str, Table] = {}
    asides = []
    for name, table in spec.tables.items():
        if not isinstance(table, SourceTableSpec):
            continue
        announce(name)
        raw = _read_raw(engine, len(tables), name, table, data)
        known = types.get(name) if types is not None else None
        tables[name], aside = clean_table(engine, raw, types=known)
        asides.append(aside)
    _align_keys(spec, tables)
    _count_dangling(tables)
    return Database(spec, engine, tables, ibis.union(*asides) if len(asides) > 1 else asides[0])


def _read_raw(
    engine: Backend, position: int, name: str, table: SourceTableSpec, data: Path
) -> RawTable:
    path = data / table.source
    if not path.is_file():
        there = (file.name for file in path.parent.glob("*") if file.name.endswith(_SUFFIXES))
        raise TableError(
            f"tables.{name}: there is no file {path}.",
            remedy=f"Say where the files lie: --data DIR. {nearest(path.name, there)}",
        )
    if not path.name.endswith(_SUFFIXES):
        raise TableError(
            f"tables.{name}: cannot read {path.name!r}.",
            remedy=f"Use one of {', '.join(_SUFFIXES)}.",
        )
    try:
        if path.name.endswith(".parquet"):
            rows = engine.read_parquet(path, table_name=f"{name} file")
            return _checked(RawTable(name, table, rows, malformed=None))
        # DuckDB's own typing looks at a sample and rounds decimals: read text and type it ourselves.
        lines = engine.read_csv(
            path,
            table_name=f"{name} file",
            all_varchar=True,
            header=True,
            ignore_errors=True,
            store_rejects=True,
            rejects_scan=f"scan_{position}",  # this option takes bare identifiers only
            rejects_table=f"rejects_{position}",
        )
        rows = engine.create_table(f"{name} raw", lines)
        rejects = engine.table(f"rejects_{position}")  # a line with two faults is there twice
        malformed = rejects.group_by("line").aggregate(
            csv_line=rejects.csv_line.min(), error_message=rejects.error_message.min()
        )
        return _checked(RawTable(name, table, rows, malformed))
    except (duckdb.Error, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise TableError(
            f"tables.{name}: {path.name} is broken: {reason}",
            remedy="Copy or export the file again, and check that it opens elsewhere.",
        ) from None


def _checked(raw: RawTable) -> RawTable:
    spec, where = raw.spec, f"tables.{raw.name}"
    there = (*raw.rows.columns, *spec.derive)
    declared = {
        "key": spec.key,
        "time": spec.time,
        "scene": spec.scene,
        **{f"links.{column}": column for column in spec.links},
        **{f"known_at.{column}": column for column in spec.known_at},
        **{f"known_at.{c}": when for c, when in spec.known_at.items() if not when[:1].isdigit()},
    }
    for role, column in declared.items():
        if column is not None and column not in there:
            raise SpecError(
                f"{where}.{role}: {spec.source} has no column {column!r}.",
                remedy=nearest(column, there),
            )
    for column in times_of(spec):
        if column in spec.derive:
            raise SpecError(
                f"{where}.derive.{column}: a time cannot be derived.",
                remedy=f"Name a column of {spec.source}.",
            )
    for column in raw.rows.columns:
        if column.casefold().startswith(RESERVED):
            raise SpecError(
                f"{where}: {spec.source} has a column {column!r}, and such names are taken.",
                remedy=f"Rename it: no column may begin with {RESERVED!r}.",
            )
    folded = {column.casefold() for column in raw.rows.columns}
    for column in spec.derive:
        if column.casefold() in folded:
            raise SpecError(
                f"{where}.derive.{column}: {spec.source} already has a column of that name.",
                remedy="Choose another name.",
            )
        folded.add(column.casefold())
    return raw


def _align_keys(spec: ShopSpec, tables: dict[str, Table]) -> None:
    """Compare keys as text where a link and its key were typed differently: 17 in one file, C17 in another."""
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
                rows = tables[name].rows
                rows = rows.mutate(**{column: rows[column].cast("string")})
                tables[name] = replace(tables[name], rows=rows)


def _count_dangling(tables: dict[str, Table]) -> None:
    for name, table in tables.items():
        for column, entity in sorted(table.spec.links.items()):
            if entity not in tables:
                continue  # a derived entity has exactly the keys that link to it
            target = tables[entity]
            keys = target.rows.select(key=target.rows[str(target.spec.key)].cast("string"))
            links = table.rows.select(key=table.rows[column].cast("string"))
            dangling = (
                links.filter(links.key.notnull())
                .anti_join(keys, "key")
                .count()
                .to_pyarrow()
                .as_py()
            )
            if dangling:
                fault = f"{column} names no row of {entity}"
                noticed = {**table.report.noticed, fault: int(dangling)}
                tables[name] = replace(table, report=replace(table.report, noticed=noticed))
