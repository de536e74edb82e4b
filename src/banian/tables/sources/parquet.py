"""Parquet: read by the engine, with the types that the file declares."""

from pathlib import Path
from typing import final

import pyarrow.parquet as pq
from typing_extensions import override

from banian.storage import sum_of
from banian.tables.engines import AbstractEngine
from banian.tables.sources.base import AbstractSource
from banian.tables.sources.raw_rows import RawRows, check_names


@final
class ParquetFile(AbstractSource):
    """A file of typed columns; the engine comes back to it when it needs a column.

    Args:
        path: The file.

    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @override
    def read(self, engine: AbstractEngine, name: str, ignore: frozenset[str]) -> RawRows:
        with self._path.open("rb") as file:  # a path may look like a URL
            check_names(pq.read_schema(file).names)  # before an engine gives them others
        rows = engine.read_parquet(self._path)
        ignored = tuple(column for column in rows.columns if column in ignore)
        return RawRows(rows.drop(*ignored) if ignored else rows, None, ignored)

    @override
    def sum(self) -> str:
        return sum_of(self._path)
