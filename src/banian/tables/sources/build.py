"""From what a table declares to its source."""

from pathlib import Path
from typing import assert_never

from banian.spec import SourceTableSpec, parse_source
from banian.tables.sources.base import AbstractSource
from banian.tables.sources.csv import CsvFile
from banian.tables.sources.duckdb import DuckDBTable
from banian.tables.sources.excel import ExcelSheet
from banian.tables.sources.files import find_file
from banian.tables.sources.json_lines import JsonLinesFile
from banian.tables.sources.parquet import ParquetFile
from banian.tables.sources.postgres import PostgresTable
from banian.tables.sources.sqlite import SqliteTable


def build_source(declared: SourceTableSpec, data: Path) -> AbstractSource:
    """Make the source that a table names; files lie in the folder `data`.

    Raises:
        TableError: its file is not there.
        DependencyError: its library is not installed.

    """
    source = parse_source(declared.source, declared.format)
    match source.kind:
        case "csv":
            return CsvFile(find_file(data, source.place), declared)
        case "parquet":
            return ParquetFile(find_file(data, source.place))
        case "json_lines":
            return JsonLinesFile(find_file(data, source.place), declared.encoding)
        case "excel":
            return ExcelSheet(find_file(data, source.place), source.table)
        case "sqlite":
            return SqliteTable(find_file(data, source.place), source.table)
        case "duckdb":
            return DuckDBTable(find_file(data, source.place), source.table)
        case "postgres":
            return PostgresTable(source.place, str(source.table))
        case _:
            assert_never(source.kind)
