"""DuckDB, inside this process: the engine where no other is asked for."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import final

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.sql.datatypes import DuckDBType
from sqlglot import exp
from typing_extensions import override

from banian.tables.engines.base import (
    NAME,
    PLACE,
    POSITION,
    TIMES,
    VALUE,
    AbstractEngine,
    Change,
    as_text,
)
from banian.tables.engines.time_limit import time_limit

_SHARE = 0.4  # of the machine's memory: arrays, and whoever else works on it, need the rest
_BATCH = 2**17  # rows
_MANY = 200  # columns that are computed in one query


@final
class DuckDB(AbstractEngine):
    """A database in memory that puts what is beyond its limit into temporary files.

    Args:
        memory: The limit in bytes; two fifths of the machine's memory where it is None.

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
    def dialect(self) -> str:
        return "duckdb"

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
        name = ibis.util.gen_name("file")
        place = literal_path(path)
        # The parts of a path like year=2024 are no columns: the table is the file. Least and greatest of a column, as a
        # file has them, leave NaN out: without `can_have_nan` a query finds that there is none, and what asks for it
        # is optimised away (DuckDB issue 25521).
        rows = self.backend.read_parquet(
            place, table_name=name, hive_partitioning=False, can_have_nan=True
        )
        return self.number(rows)

    @override
    def keep(self, rows: ir.Table) -> ir.Table:
        return self._keep(self.compile(rows), rows.schema())

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
        return self.query(f"WITH {asked} SELECT * FROM ({query.sql('duckdb')}) AS answer")

    @override
    def compile(self, rows: ir.Table) -> str:
        self.backend._run_pre_execute_hooks(rows)  # tables in memory come in
        return self.backend.compile(rows)

    @override
    def query(self, text: str, schema: Mapping[str, dt.DataType] | None = None) -> ir.Table:
        name = ibis.util.gen_name("query")
        self.backend.raw_sql(f'CREATE TEMPORARY VIEW "{name}" AS {text}')
        return self.backend.table(name) if schema is None else self.table(name, schema)

    @override
    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    @override
    def compute(self, rows: ir.Table, columns: Mapping[str, tuple[str, Change]]) -> ir.Table:
        if len(columns) <= _MANY:
            return self._keep(*self._projected(rows, columns))
        # its planner takes time by the square of the columns that a query computes, to find common parts above all
        self.backend.raw_sql("SET disabled_optimizers = 'common_subexpressions'")
        names = list(columns)
        try:
            parts = [
                self._keep(*self._projected(rows, {n: columns[n] for n in names[at : at + _MANY]}))
                for at in range(0, len(names), _MANY)
            ]
        finally:
            self.backend.raw_sql("RESET disabled_optimizers")
        text = " POSITIONAL JOIN ".join(self.quote(part.op().name) for part in parts)
        types = {name: kind for part in parts for name, kind in part.schema().items()}
        kept = self._keep(f"SELECT * FROM {text}", types)
        for part in parts:
            self.drop(part)
        return kept

    @override
    def melt(self, rows: ir.Table, columns: Iterable[str]) -> ir.Table:
        text, types = self._picked(rows, columns)
        if not all(dtype.is_string() for dtype in types.values()):
            text, _ = self._projected(rows, {name: (name, as_text) for name in types})
        return self.query(
            f'SELECT * FROM ({text}) UNPIVOT ("{VALUE}" FOR "{NAME}" IN (COLUMNS(*)))',
            {NAME: dt.string, VALUE: dt.string},
        )

    @override
    def tally(self, rows: ir.Table, columns: Iterable[str]) -> ir.Table:
        text, types = self._picked(rows, columns)
        if len(types) > _MANY:
            return super().tally(rows, types)
        # Each column is grouped by itself: a third of the time that it takes to group all of them together.
        counted = " UNION ALL ".join(self._counted(name, kind) for name, kind in types.items())
        return self.query(
            f"WITH source AS NOT MATERIALIZED ({text}) {counted}",
            {NAME: dt.string, VALUE: dt.string, TIMES: dt.int64},
        )

    def _counted(self, column: str, dtype: dt.DataType) -> str:
        named, place = exp.Literal.string(column).sql("duckdb"), self.quote(column)
        spelled, _ = self._spelled(as_text, dtype)
        return (
            f"SELECT {named} AS {self.quote(NAME)}, {spelled.replace(self.quote(PLACE), place)} AS "
            f"{self.quote(VALUE)}, count(*) AS {self.quote(TIMES)} FROM source "
            f"GROUP BY {place} HAVING count({place}) > 0"  # a filter would compute the column once more
        )

    def table(self, name: str, schema: Mapping[str, dt.DataType]) -> ir.Table:
        """Give a table that is there, of which one knows the columns: to ask for thousands takes long."""
        return ops.DatabaseTable(name, schema=ibis.Schema(schema), source=self.backend).to_expr()

    def number(self, rows: ir.Table) -> ir.Table:
        """Put POSITION beside the columns of a file or table, whose order the engine keeps."""
        position = f"row_number() OVER () - 1 AS {self.quote(POSITION)}"
        text = f"SELECT *, {position} FROM ({self.compile(rows)}) AS source"
        return self.query(text, {**rows.schema(), POSITION: dt.int64})

    def _keep(self, text: str, types: Mapping[str, dt.DataType]) -> ir.Table:
        # create_table of Ibis takes several passes over the columns, of which there may be thousands
        name = ibis.util.gen_name("kept")
        columns = ", ".join(f"{self.quote(c)} {_spelled(kind)}" for c, kind in types.items())
        self.backend.raw_sql(f'CREATE TABLE "{name}" ({columns})')
        self.backend.raw_sql(f'INSERT INTO "{name}" {text}')
        return self.table(name, types)


def literal_path(path: Path) -> str:
    """Write a path so that no sign in it is taken for a pattern.

    >>> literal_path(Path("/data/a*[1].csv"))
    '/data/a[*][[]1].csv'
    """
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path.absolute()))


@cache
def _spelled(dtype: dt.DataType) -> str:
    return str(DuckDBType.to_string(dtype))
