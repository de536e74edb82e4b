"""Tables on their way to disk, in row groups, so that memory does not grow with time."""

from pathlib import Path
from types import TracebackType
from typing import final

import pyarrow as pa
import pyarrow.parquet as pq

from banian.datasets.marketplace.schema import TABLES

_ROWS_OF_GROUP = 65_536


@final
class TableWriter:
    """Writes every table of a marketplace into a folder, one Parquet file each.

    Args:
        folder: Where the tables are written.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, list[pa.Table]] = {name: [] for name in TABLES}
        self._waiting_rows = dict.fromkeys(TABLES, 0)
        self.rows = dict.fromkeys(TABLES, 0)
        """Table → rows so far."""

    def __enter__(self) -> "TableWriter":
        for name, schema in TABLES.items():
            path = self._folder / f"{name}.parquet"
            self._files[name] = pq.ParquetWriter(path, schema, compression="zstd", version="2.6")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name, file in self._files.items():
            if kind is None:
                self._flush(name)
            file.close()

    def add(self, name: str, /, **columns: object) -> None:
        """Add rows to the end of a table; columns are arrays of numpy or Arrow."""
        schema = TABLES[name]
        rows = pa.table(
            [
                column if isinstance(column, pa.Array) else pa.array(column, schema.field(at).type)
                for at, column in ((at, columns[at]) for at in schema.names)
            ],
            schema=schema,
        )
        self._waiting[name].append(rows)
        self.rows[name] += len(rows)
        self._waiting_rows[name] += len(rows)
        if self._waiting_rows[name] >= _ROWS_OF_GROUP:
            self._flush(name)

    def _flush(self, name: str) -> None:
        if self._waiting[name]:
            rows = pa.concat_tables(self._waiting[name]).combine_chunks()
            self._files[name].write_table(rows, row_group_size=len(rows) or 1)
            self._waiting[name].clear()
            self._waiting_rows[name] = 0
