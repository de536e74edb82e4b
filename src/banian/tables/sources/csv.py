"""CSV and its kin, also gzipped: read by the engine, every value as text."""

from pathlib import Path
from typing import final

import ibis
from ibis.backends.duckdb import Backend
from typing_extensions import override

from banian.storage import sum_of
from banian.tables.sources.base import AbstractSource
from banian.tables.sources.files import check_gzip
from banian.tables.sources.raw import RawRows


@final
class CsvFile(AbstractSource):
    """A file of lines and separators."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @override
    def read(self, engine: Backend, name: str, ignore: frozenset[str]) -> RawRows:
        if self._path.name.endswith(".gz"):
            check_gzip(self._path)
        scan, rejected = ibis.util.gen_name("scan"), ibis.util.gen_name("rejects")
        # DuckDB's own typing looks at a sample and rounds decimals: read text and type it ourselves.
        lines = engine.read_csv(
            self._path,
            table_name=f"{name} file",
            all_varchar=True,
            header=True,
            ignore_errors=True,
            store_rejects=True,
            rejects_scan=scan,  # this option takes bare identifiers only
            rejects_table=rejected,
        )
        ignored = tuple(column for column in lines.columns if column in ignore)
        rows = engine.create_table(f"{name} raw", lines.drop(*ignored) if ignored else lines)
        rejects = engine.table(rejected)
        malformed = rejects.group_by(
            number="line"
        ).aggregate(  # a line with two faults is there twice
            line=rejects.csv_line.min(), reason=rejects.error_message.min()
        )
        return RawRows(rows, malformed, ignored)

    @override
    def sum(self) -> str:
        return sum_of(self._path)
