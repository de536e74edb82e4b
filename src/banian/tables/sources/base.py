"""The interface of sources: constructing one checks that its file and library are there, `read` fills an engine."""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import chain

import duckdb
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from typing_extensions import override

from banian.errors import TableError
from banian.tables.engines import POSITION, AbstractEngine
from banian.tables.sources.raw_rows import RawRows, check_names
from banian.tables.sources.text import FAULT, LINE, NUMBER


class AbstractSource(ABC):
    """A table outside; the constructor checks that its file is there and its library installed."""

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        """Exceptions that are raised where the source is broken, beside TableError."""
        return (OSError, EOFError, zlib.error, duckdb.Error, pa.ArrowException)

    @abstractmethod
    def read(self, engine: AbstractEngine, name: str, ignore: frozenset[str]) -> RawRows:
        """Bring the rows into an engine, without the columns to be ignored; no columns where it names none.

        Raises:
            TableError: its names cannot be told apart, or a server refuses.

        """

    @abstractmethod
    def sum(self) -> str:
        """Give a checksum that changes when the rows change."""


class AbstractBatches(AbstractSource):
    """A source that comes through Arrow, batch by batch: the same for every engine, and never whole in memory."""

    @abstractmethod
    def columns(self) -> list[str]:
        """Name the columns, in their order."""

    @abstractmethod
    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Give the rows with these columns; lines that are none carry LINE, NUMBER and FAULT as well."""

    @override
    def read(self, engine: AbstractEngine, name: str, ignore: frozenset[str]) -> RawRows:
        there = self.columns()
        check_names(there)
        columns = [column for column in there if column not in ignore]
        if there and not columns:
            raise TableError(
                "There are no columns to read.",
                remedy="Check that this is the right source, and that not every column is ignored.",
            )
        rows = _load(engine, columns, self.batches(columns))
        ignored = tuple(column for column in there if column in ignore)
        if FAULT not in rows.columns:
            return RawRows(rows, None, ignored)
        malformed = rows.filter(rows[FAULT].notnull())
        return RawRows(
            rows.filter(rows[FAULT].isnull()).select(*columns, POSITION),
            malformed.select(
                number=malformed[NUMBER], line=malformed[LINE], reason=malformed[FAULT]
            ),
            ignored,
        )


def _load(
    engine: AbstractEngine, columns: list[str], batches: Iterator[pa.RecordBatch]
) -> ir.Table:
    numbered = _number(batches)
    first = next(numbered, None)
    fields = [pa.field(column, pa.string()) for column in columns]
    empty = pa.schema([*fields, pa.field(POSITION, pa.int64())])
    if first is None:
        return engine.load(iter(()), empty)
    return engine.load(chain([first], numbered), first.schema)


def _number(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Count the rows, without the lines that are none."""
    before = 0
    for batch in batches:
        is_row = np.ones(len(batch), np.int64)
        if FAULT in batch.schema.names:
            is_row = pc.is_null(batch[FAULT]).to_numpy(zero_copy_only=False).astype(np.int64)
        position = before + np.cumsum(is_row) - is_row
        before += int(is_row.sum())
        yield batch.append_column(POSITION, pa.array(position))
