"""The contract of engines: tables come in, expressions are computed, Arrow goes out.

Ibis spells expressions in an engine's dialect; what it cannot spell, an engine's own compiler does. Times are UTC.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pyarrow as pa
from sqlglot import exp

if TYPE_CHECKING:
    from banian.tables.engines.duckdb import DuckDB

POSITION = "banian row"
"""Column that every table carries: the row's position in its source, from 0."""


class AbstractEngine(ABC):
    """What holds the tables and computes the expressions about them."""

    @property
    @abstractmethod
    def label(self) -> str:
        """Name and version, since another might compute something else."""

    @property
    @abstractmethod
    def faults(self) -> tuple[type[Exception], ...]:
        """Name what is raised where an expression cannot be computed."""

    @property
    @abstractmethod
    def reader(self) -> "DuckDB":
        """The engine that reads the files which only DuckDB reads."""

    @abstractmethod
    def take(self, rows: ir.Table) -> ir.Table:
        """Bring rows in from the reader."""

    @abstractmethod
    def stream(self, rows: ir.Table) -> pa.RecordBatchReader:
        """Give rows in their order, batch by batch."""

    @abstractmethod
    def load(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> ir.Table:
        """Bring rows in from outside, batch by batch."""

    @abstractmethod
    def read_parquet(self, path: Path) -> ir.Table:
        """Read a Parquet file where it lies, with POSITION beside its columns."""

    @abstractmethod
    def keep(self, rows: ir.Table) -> ir.Table:
        """Compute rows once; what is made of them starts from there."""

    @abstractmethod
    def drop(self, kept: ir.Table) -> None:
        """Forget rows that were kept."""

    @abstractmethod
    def limit(self, seconds: float) -> AbstractContextManager[None]:
        """Let what a block computes fail with TimeoutError when it takes longer."""

    @abstractmethod
    def answer(self, query: exp.Query, views: Mapping[str, ir.Table]) -> ir.Table:
        """Give what a query answers that sees nothing but the views, by their names."""
