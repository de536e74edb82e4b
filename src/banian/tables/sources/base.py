"""The contract of sources: made when all that reading needs is there, then read into an engine."""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import chain

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend
from typing_extensions import override

from banian.errors import TableError
from banian.tables.sources.raw import RawRows, check_names
from banian.tables.sources.text import FAULT, LINE, NUMBER


class AbstractSource(ABC):
    """Rows outside; making one checks that its file is there and its library installed."""

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        """Name what is raised where the source is broken, beside TableError."""
        return (OSError, EOFError, zlib.error, duckdb.Error, pa.ArrowException)

    @abstractmethod
    def read(self, engine: Backend, name: str, ignore: frozenset[str]) -> RawRows:
        """Bring the rows into an engine, without the columns to be ignored; `name` is free there.

        Raises:
            TableError: its names cannot be told apart, or a server refuses.

        """

    @abstractmethod
    def sum(self) -> str:
        """Give a sum that changes when the rows change."""


class AbstractBatches(AbstractSource):
    """A source that comes through Arrow, batch by batch: the same for every engine, and never whole in memory."""

    @abstractmethod
    def columns(self) -> list[str]:
        """Name the columns, in their order."""

    @abstractmethod
    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Give the rows with these columns; lines that are none carry LINE, NUMBER and FAULT as well."""

    @override
    def read(self, engine: Backend, name: str, ignore: frozenset[str]) -> RawRows:
        there = self.columns()
        check_names(there)
        columns = [column for column in there if column not in ignore]
        if not columns:
            raise TableError(
                "There are no columns to read.",
                remedy="Check that this is the right source, and that not every column is ignored.",
            )
        rows = _load(engine, f"{name} raw", columns, self.batches(columns))
        ignored = tuple(column for column in there if column in ignore)
        if FAULT not in rows.columns:
            return RawRows(rows, None, ignored)
        strays = rows.filter(rows[FAULT].notnull())
        return RawRows(
            rows.filter(rows[FAULT].isnull()).select(*columns),
            strays.select(number=strays[NUMBER], line=strays[LINE], reason=strays[FAULT]),
            ignored,
        )


def _load(
    engine: Backend, place: str, columns: list[str], batches: Iterator[pa.RecordBatch]
) -> ir.Table:
    first = next(batches, None)
    empty = pa.schema([pa.field(column, pa.string()) for column in columns])
    schema = empty if first is None else first.schema
    engine.create_table(place, schema=ibis.Schema.from_pyarrow(schema))
    for batch in batches if first is None else chain([first], batches):
        engine.insert(place, pa.Table.from_batches([batch]))
    return engine.table(place)
