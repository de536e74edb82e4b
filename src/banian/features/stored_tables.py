"""The rows that a store keeps so that others can be appended: one Parquet file for each table of a segment."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import ibis.expr.types as ir
import pyarrow.parquet as pq

from banian.features.store_index import TABLES, Segment, StoreIndex, damaged
from banian.schema import ColumnType
from banian.spec import ShopSpec
from banian.tables import AbstractEngine, Table, TableReport, add_rows, hold_as, reason_of_engine


def kept_types(types: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Leave out the columns of which no feature is made."""
    return {name: kind for name, kind in types.items() if kind.kind != "other"}


def write_tables(
    engine: AbstractEngine, tables: Mapping[str, Table], segment: Path
) -> dict[str, int]:
    """Write tables into the folder of a segment; say how many rows each has."""
    (segment / TABLES).mkdir()
    counts = {}
    for at, (name, table) in enumerate(tables.items()):
        rows = engine.stream(table.rows.select(*table.types))
        counts[name] = 0
        with pq.ParquetWriter(_file_of(segment, at), rows.schema, compression="zstd") as writer:
            for batch in rows:
                writer.write_batch(batch)
                counts[name] += len(batch)
    return counts


def read_tables(
    engine: AbstractEngine,
    spec: ShopSpec,
    folder: Path,
    index: StoreIndex,
    segments: Iterable[Segment],
) -> dict[str, Table]:
    """Read the tables of some segments of a store, the oldest first; a key that comes again replaces.

    A table of which these segments have no rows is left out.

    Raises:
        BundleError: a file is damaged or not there.

    """
    found: dict[str, Table] = {}
    for segment in segments:
        for at, (name, count) in enumerate(segment.tables.items()):
            rows = _read(engine, folder, segment, at)
            report = TableReport(read=count, kept=count)
            table = Table(name, spec.source(name), rows, index.types[name], report)
            table = hold_as(table, index.types[name])
            found[name] = add_rows(found[name], table) if name in found else table
    return found


def _read(engine: AbstractEngine, folder: Path, segment: Segment, table: int) -> ir.Table:
    file = _file_of(folder / segment.name, table)
    faults: tuple[type[Exception], ...] = (OSError, *engine.faults)
    try:
        return engine.read_parquet(file)
    except faults as error:
        what = f"{file.relative_to(folder)} cannot be read: {reason_of_engine(error)}"
        raise damaged(folder, what) from None


def _file_of(segment: Path, table: int) -> Path:
    return segment / TABLES / f"{table}.parquet"
