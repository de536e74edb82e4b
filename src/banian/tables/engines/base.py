"""The contract of engines: tables come in, expressions are computed, Arrow goes out.

Ibis spells expressions in an engine's dialect; what it cannot spell, an engine's own compiler does. Times are UTC.
Where thousands of columns are treated alike, their common expression is spelled once: Ibis takes 0.1 ms for each
column of each step.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot
from sqlglot import exp

if TYPE_CHECKING:
    from banian.tables.engines.duckdb import DuckDB

POSITION = "banian row"
"""Column that every table carries: the row's position in its source, from 0."""
NAME, VALUE, TIMES = "banian name", "banian value", "banian times"
"""Columns of a table that has a row for each value of another, or for each different one and how often it is there."""
Change: TypeAlias = Callable[[ir.Column], ir.Value]
"""Makes another column of one, by what it is alone: what it is spelled as is kept."""

PLACE = "banian place"
"""What the column of a change is called where the change is spelled."""
_MOST = 2000
_spellings: dict[tuple[str, Change, dt.DataType], tuple[str, dt.DataType]] = {}
"""Dialect, change and type of a column → how the changed column is spelled, which takes 1 to 2 ms, and its type."""


def as_it_is(column: ir.Column) -> ir.Column:
    """Give the column unchanged."""
    return column


def as_text(column: ir.Column) -> ir.Column:
    """Write values as text."""
    return column.cast("string")


def as_float(column: ir.Column) -> ir.Column:
    """Read numbers and truths as floats."""
    return column.cast("float64")


class AbstractEngine(ABC):
    """What holds the tables and computes the expressions about them."""

    @property
    @abstractmethod
    def label(self) -> str:
        """Name and version, since another might compute something else."""

    @property
    @abstractmethod
    def faults(self) -> tuple[type[Exception], ...]:
        """Exceptions that are raised where an expression cannot be computed."""

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

    @property
    @abstractmethod
    def dialect(self) -> str:
        """Name the SQL that the engine speaks, as sqlglot does."""

    @abstractmethod
    def compile(self, rows: ir.Table) -> str:
        """Spell an expression in the engine's SQL."""

    @abstractmethod
    def query(self, text: str, schema: Mapping[str, dt.DataType] | None = None) -> ir.Table:
        """Name what a query in the engine's SQL selects; it is computed when it is used.

        `schema` says what that is; without it the engine is asked.
        """

    @abstractmethod
    def melt(self, rows: ir.Table, columns: Iterable[str]) -> ir.Table:
        """Give each value of some columns that is there a row of its own: NAME of its column, and VALUE as text."""

    def tally(self, rows: ir.Table, columns: Iterable[str]) -> ir.Table:
        """Count how often each value of some columns is there: NAME of its column, VALUE as text, and TIMES.

        Values that differ may be the same text.
        """
        values = self.melt(rows, columns)
        return values.group_by(NAME, VALUE).aggregate(**{TIMES: values.count()})

    @abstractmethod
    def quote(self, name: str) -> str:
        """Write a name so that no sign in it is taken for another thing."""

    def pick(self, rows: ir.Table, columns: Iterable[str]) -> ir.Table:
        """Take some of the columns."""
        return self.query(*self._picked(rows, columns))

    def without(self, rows: ir.Table, others: ir.Table, key: str) -> ir.Table:
        """Leave out the rows whose `key` is among the others'."""
        there = f"source.{self.quote(key)} = others.{self.quote(key)}"
        text = f"({self.compile(rows)}) AS source ANTI JOIN ({self.compile(others)}) AS others"
        return self.query(f"SELECT source.* FROM {text} ON {there}", dict(rows.schema()))

    def beside(self, rows: ir.Table, position: str, others: ir.Table) -> ir.Table:
        """Put beside each row the one of `others` that stands at its `position`; nulls where that is null.

        The two have no column in common.
        """
        at = f"source.{self.quote(position)} = others.{self.quote(POSITION)}"
        text = f"({self.compile(rows)}) AS source LEFT JOIN ({self.compile(others)}) AS others"
        schema = {**rows.schema(), **others.schema()}
        return self.query(f"SELECT source.*, others.* FROM {text} ON {at}", schema)

    def project(self, rows: ir.Table, columns: Mapping[str, tuple[str, Change]]) -> ir.Table:
        """Make columns, each from one of `rows` by a change; each change is spelled once for a type.

        >>> from banian.tables import build_engine
        >>> rows = ibis.memtable(pa.table({"a": [1, 2], "b": [3, 4]}))
        >>> twice = lambda column: column * 2
        >>> build_engine("duckdb").project(rows, {"c": ("a", twice), "d": ("b", twice)}).d.to_pyarrow().to_pylist()
        [6, 8]

        """
        return self.query(*self._projected(rows, columns))

    @abstractmethod
    def compute(self, rows: ir.Table, columns: Mapping[str, tuple[str, Change]]) -> ir.Table:
        """Make columns as `project` does, and keep them."""

    def _picked(self, rows: ir.Table, columns: Iterable[str]) -> tuple[str, dict[str, dt.DataType]]:
        schema = rows.schema()
        chosen = {column: schema[column] for column in columns}
        names = ", ".join(map(self.quote, chosen))
        return f"SELECT {names} FROM ({self.compile(rows)}) AS source", chosen

    def _projected(
        self, rows: ir.Table, columns: Mapping[str, tuple[str, Change]]
    ) -> tuple[str, dict[str, dt.DataType]]:
        schema = rows.schema()
        parts, types = [], {}
        for new, (column, change) in columns.items():
            made, types[new] = self._spelled(change, schema[column])
            made = made.replace(self.quote(PLACE), self.quote(column))
            parts.append(f"{made} AS {self.quote(new)}")
        return f"SELECT {', '.join(parts)} FROM ({self.compile(rows)}) AS source", types

    def _spelled(self, change: Change, dtype: dt.DataType) -> tuple[str, dt.DataType]:
        key = (self.dialect, change, dtype)
        if key not in _spellings:
            if len(_spellings) >= _MOST:
                _spellings.clear()
            _spellings[key] = self._spell(change, dtype)
        return _spellings[key]

    def _spell(self, change: Change, dtype: dt.DataType) -> tuple[str, dt.DataType]:
        """Spell a change of a column that is called PLACE, and give the type of what it makes."""
        rows = ibis.table({PLACE: dtype}, name="banian source")
        changed = change(rows[PLACE])
        spelled = self.compile(rows.select(changed=changed))
        (made,) = sqlglot.parse_one(spelled, dialect=self.dialect, into=exp.Select).selects
        for column in made.find_all(exp.Column):
            column.set("table", None)
        return made.unalias().sql(self.dialect), changed.type()

    @abstractmethod
    def limit(self, seconds: float) -> AbstractContextManager[None]:
        """Let what a block computes fail with TimeoutError when it takes longer."""

    @abstractmethod
    def answer(self, query: exp.Query, views: Mapping[str, ir.Table]) -> ir.Table:
        """Run a query that sees only the views, by their names."""
