"""DuckDB, inside this process: the engine where no other is asked for."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import final

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from sqlglot import exp
from typing_extensions import override

from banian.tables.engines.base import POSITION, AbstractEngine
from banian.tables.engines.limit import time_limit

_SHARE = 0.4  # of the machine's memory: arrays, and whoever else works on it, need the rest
_BATCH = 2**17  # rows


@final
class DuckDB(AbstractEngine):
    """A database that holds at most `memory` bytes and puts what is beyond them into temporary files.

    Without `memory` it takes two fifths of the machine's.
    """

    def __init__(self, memory: int | None = None) -> None:
        limit = memory or int(_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
        spill = Path(tempfile.gettempdir()) / f"banian-{os.getpid()}"  # the engine removes it
        self.backend = ibis.duckdb.connect()
        self.backend.raw_sql(f"SET memory_limit = '{limit // 2**20}MiB'")
        self.backend.raw_sql("SET temp_directory = '" + str(spill).replace("'", "''") + "'")
        self.backend.raw_sql("SET enable_progress_bar = false")  # its bars go where programs read
        self.backend.raw_sql("SET TimeZone = 'UTC'")
        self.backend.raw_sql("SET autoinstall_known_extensions = false")  # no network at run time

    @property
    @override
    def label(self) -> str:
        return f"duckdb {duckdb.__version__}"

    @property
    @override
    def faults(self) -> tuple[type[Exception], ...]:
        return (duckdb.Error,)

    @property
    @override
    def reader(self) -> "DuckDB":
        return self

    @override
    def take(self, rows: ir.Table) -> ir.Table:
        return rows

    @override
    def stream(self, rows: ir.Table) -> pa.RecordBatchReader:
        # to_pyarrow_batches of Ibis 12 calls what DuckDB 2 no longer has
        return self.backend.con.sql(self.backend.compile(rows)).to_arrow_reader(_BATCH)

    @override
    def load(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> ir.Table:
        name = ibis.util.gen_name("loaded")
        self.backend.create_table(name, schema=ibis.Schema.from_pyarrow(schema))
        for batch in batches:
            self.backend.insert(name, pa.Table.from_batches([batch]))
        return self.backend.table(name)

    @override
    def read_parquet(self, path: Path) -> ir.Table:
        return self.number(self.backend.read_parquet(path, table_name=ibis.util.gen_name("file")))

    @override
    def keep(self, rows: ir.Table) -> ir.Table:
        return self.backend.create_table(ibis.util.gen_name("kept"), rows)

    @override
    def drop(self, kept: ir.Table) -> None:
        # drop_table of Ibis 12 writes SQL that DuckDB 2 refuses
        self.backend.raw_sql(f'DROP TABLE "{kept.op().name}"')

    @override
    def limit(self, seconds: float) -> AbstractContextManager[None]:
        return time_limit(seconds, self.backend.con.interrupt)

    @override
    def answer(self, query: exp.Query, views: Mapping[str, ir.Table]) -> ir.Table:
        asked = ", ".join(
            f"{exp.to_identifier(name, quoted=True).sql('duckdb')} AS ({self.backend.compile(view)})"
            for name, view in views.items()
        )
        text = f"WITH {asked} SELECT * FROM ({query.sql('duckdb')}) AS answer"
        name = ibis.util.gen_name("answer")
        self.backend.raw_sql(f'CREATE TEMPORARY VIEW "{name}" AS {text}')
        return self.backend.table(name)

    def number(self, rows: ir.Table) -> ir.Table:
        """Put POSITION beside the columns of a file or table, whose order the engine keeps."""
        return rows.mutate(**{POSITION: ibis.row_number()})
