"""Spark, on this machine or on a cluster: for tables that are larger than a machine."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any, final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.types import TimestampNTZType, TimestampType
from sqlglot import exp
from typing_extensions import override

from banian.tables.engines.base import NAME, POSITION, VALUE, AbstractEngine, Change, as_text
from banian.tables.engines.duckdb import DuckDB
from banian.tables.engines.spark_compiler import SparkCompiler
from banian.tables.engines.spark_session import ignore_pandas_warnings, start_session
from banian.tables.engines.time_limit import time_limit

with ignore_pandas_warnings():
    from ibis.backends.pyspark import Backend

    ibis.pyspark  # noqa: B018 -- registers the options that its compiler reads

_CHUNK = 2**25  # bytes that go to the cluster at a time
_ROWS = 2**20  # that come from the cluster at a time, or one partition
_PART = "banian partition"
_SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, as on DuckDB
    "spark.sql.caseSensitive": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.session.timeZone": "UTC",
}


@final
class Spark(AbstractEngine):
    """A session of its own in the one JVM that a process has; a session that runs already is joined.

    Args:
        master: URL of the cluster's master, or `local[*]` for this machine.

    Raises:
        DependencyError: there is no Java that Spark can use, or no cluster at that address.

    """

    def __init__(self, master: str) -> None:
        self._session = start_session(master).newSession()
        for setting, value in _SETTINGS.items():
            self._session.conf.set(setting, value)
        self._backend = _Backend(self._session)
        self._backend.reconnect()
        self._reader: DuckDB | None = None

    @property
    @override
    def label(self) -> str:
        return f"spark {self._session.version}"

    @property
    @override
    def dialect(self) -> str:
        return "spark"

    @property
    @override
    def faults(self) -> tuple[type[Exception], ...]:
        return (PySparkException, Py4JError)

    @property
    @override
    def reader(self) -> DuckDB:
        if self._reader is None:
            self._reader = DuckDB()
        return self._reader

    @override
    def take(self, rows: ir.Table) -> ir.Table:
        found = self.reader.stream(_portable(rows))
        return self.load(iter(found), found.schema)

    @override
    def stream(self, rows: ir.Table) -> pa.RecordBatchReader:
        schema = rows.schema().to_pyarrow()
        frame = _checkpoint(self._backend.frame(rows)).withColumn(_PART, sf.spark_partition_id())
        sizes = frame.groupBy(_PART).count().orderBy(_PART).collect()

        def batches() -> Iterator[pa.RecordBatch]:
            for first, last in _spans([(size[_PART], size["count"]) for size in sizes]):
                part = frame.where(sf.col(_PART).between(first, last)).drop(_PART)
                yield from part.toArrow().cast(schema).to_batches()

        return pa.RecordBatchReader.from_batches(schema, batches())

    @override
    def load(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> ir.Table:
        frames = [self._session.createDataFrame(chunk) for chunk in _chunks(batches, schema)]
        frame = _in_utc(reduce(DataFrame.unionAll, frames))
        return self._name(_checkpoint(frame), dict(ibis.Schema.from_pyarrow(schema)))

    @override
    def read_parquet(self, path: Path) -> ir.Table:
        lines = self._session.read.parquet(f"file://{_literal(path)}")
        declared = _types(lines)
        numbered = lines.select("*", sf.col("_metadata.row_index").alias(POSITION))
        return self._name(_in_utc(numbered), {**declared, POSITION: dt.int64})

    @override
    def keep(self, rows: ir.Table) -> ir.Table:
        return self._name(_checkpoint(self._backend.frame(rows)), dict(rows.schema()))

    @override
    def drop(self, kept: ir.Table) -> None:
        self._session.catalog.dropTempView(kept.op().name)

    @override
    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        context, group = self._session.sparkContext, ibis.util.gen_name("limited")
        context.setJobGroup(group, "banian: a query with a limit of time", interruptOnCancel=True)
        try:
            with time_limit(seconds, lambda: context.cancelJobGroup(group)):
                yield
        finally:
            context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]  # taken back

    @override
    def answer(self, query: exp.Query, views: Mapping[str, ir.Table]) -> ir.Table:
        asked = ", ".join(
            f"{exp.to_identifier(name, quoted=True).sql('spark')} AS ({self._backend.compile(view)})"
            for name, view in views.items()
        )
        spoken = query.transform(_divide_floats).sql("spark")
        return self.query(f"WITH {asked} SELECT * FROM ({spoken}) AS answer")

    @override
    def compile(self, rows: ir.Table) -> str:
        self._backend._run_pre_execute_hooks(rows)  # tables in memory come in
        return self._backend.compile(rows)

    @override
    def query(self, text: str, schema: Mapping[str, dt.DataType] | None = None) -> ir.Table:
        frame = self._session.sql(text)
        return self._name(frame, _types(frame) if schema is None else dict(schema))

    @override
    def quote(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    @override
    def compute(self, rows: ir.Table, columns: Mapping[str, tuple[str, Change]]) -> ir.Table:
        return self.keep(self.project(rows, columns))

    @override
    def melt(self, rows: ir.Table, columns: Iterable[str]) -> ir.Table:
        texts = self.project(rows, {name: (name, as_text) for name in columns})
        frame = self._backend.frame(texts)
        places = tuple(sf.col(self.quote(name)) for name in texts.columns)
        melted = frame.unpivot((), places, NAME, VALUE).where(sf.col(f"`{VALUE}`").isNotNull())
        return self._name(melted, _types(melted))

    def _name(self, frame: DataFrame, types: dict[str, dt.DataType]) -> ir.Table:
        name = ibis.util.gen_name("rows")
        frame.createOrReplaceTempView(name)
        return ops.DatabaseTable(name, schema=ibis.Schema(types), source=self._backend).to_expr()


class _Backend(Backend):
    """Ibis' backend without its ways through pandas, which lose what a whole number or an instant was."""

    compiler = SparkCompiler()

    def frame(self, rows: ir.Table) -> DataFrame:
        """Plan an expression."""
        self._run_pre_execute_hooks(rows)
        return self._session.sql(self.compile(rows))

    @override
    def to_pyarrow(
        self,
        expr: ir.Expr,
        /,
        *,
        params: Any = None,
        limit: Any = None,
        **options: Any,
    ) -> Any:
        """Compute an expression and bring what comes out to this process."""
        rows = expr.as_table()
        found = self.frame(rows).toArrow()
        return expr.__pyarrow_result__(found.cast(rows.schema().to_pyarrow()))

    @override
    def _register_in_memory_table(self, op: Any) -> None:
        frame = self._session.createDataFrame(op.data.to_pyarrow(op.schema))
        _in_utc(frame).createOrReplaceTempView(op.name)


def _literal(path: Path) -> str:
    """Write a path so that no sign in it is taken for a pattern."""
    return re.sub(r"[\\*?\[\]{}]", r"\\\g<0>", str(path.absolute()))


def _checkpoint(frame: DataFrame) -> DataFrame:
    """Compute rows and forget how: where the cluster has a reliable place for them, or on the executors' disks."""
    if frame.sparkSession.sparkContext.getCheckpointDir() is not None:
        return frame.checkpoint()
    return frame.localCheckpoint()


def _portable(rows: ir.Table) -> ir.Table:
    """Give what DuckDB has and Spark lacks the type that comes closest."""
    closest = {
        name: column.cast("decimal(20, 0)" if dtype.is_uint64() else "int64")
        if dtype.is_unsigned_integer()
        else column.cast("string")
        for name, dtype in rows.schema().items()
        for column in [rows[name]]
        if dtype.is_unsigned_integer() or dtype.is_time() or dtype.is_uuid() or dtype.is_interval()
    }
    return rows.mutate(**closest) if closest else rows


def _spans(sizes: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Put partitions that follow each other together; `sizes` are their numbers and rows."""
    first, rows = None, 0
    for part, size in sizes:
        if first is not None and rows + size > _ROWS:
            yield first, part - 1
            first, rows = None, 0
        first = part if first is None else first
        rows += size
    if first is not None:
        yield first, sizes[-1][0]


def _chunks(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(each.nbytes for each in waiting) >= _CHUNK:
            yield pa.Table.from_batches(waiting, schema)
            waiting = []
    yield pa.Table.from_batches(waiting, schema)


def _in_utc(frame: DataFrame) -> DataFrame:
    """Turn times without a zone into instants of the session's, which is UTC."""
    local = [field.name for field in frame.schema if isinstance(field.dataType, TimestampNTZType)]
    return frame.withColumns({name: sf.col(f"`{name}`").cast("timestamp") for name in local})


def _divide_floats(part: exp.Expression) -> exp.Expression:
    """Let / divide whole numbers and decimals as DuckDB does."""
    if isinstance(part, exp.Div):
        for side in ("this", "expression"):
            part.set(side, exp.cast(part.args[side], "double"))
    return part


def _types(frame: DataFrame) -> dict[str, dt.DataType]:
    """Give the types as Ibis knows them; it forgets which times have a zone."""
    from ibis.backends.pyspark.datatypes import PySparkSchema

    declared = PySparkSchema.to_ibis({field.name: field.dataType for field in frame.schema}.items())
    zoned = {
        f.name: dt.Timestamp(timezone="UTC")
        for f in frame.schema
        if isinstance(f.dataType, TimestampType)
    }
    return {**declared, **zoned}
