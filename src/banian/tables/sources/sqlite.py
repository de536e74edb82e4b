"""A table or view of an SQLite file: values of any type in any column, so all come as text."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, final

import pyarrow as pa
from typing_extensions import override

from banian.storage import sum_of
from banian.tables.sources.base import AbstractBatches
from banian.tables.sources.files import choose_table
from banian.tables.sources.text import MalformedLine, text_batches

_TABLES = """
SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
"""


@final
class SqliteTable(AbstractBatches):
    """A table that is read row by row, in one transaction, and never written to.

    Args:
        path: The file.
        table: Name of the table or view; None takes the only one there is.

    """

    def __init__(self, path: Path, table: str | None) -> None:
        self._path, self._asked = path, table

    @property
    @override
    def faults(self) -> tuple[type[Exception], ...]:
        return (*super().faults, sqlite3.Error)

    @override
    def columns(self) -> list[str]:
        with closing(self._connect()) as connection:
            found = connection.execute(f"SELECT * FROM {self._table(connection)} LIMIT 0")
            return [column[0] for column in found.description]

    @override
    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        with closing(self._connect()) as connection:
            chosen = ", ".join(map(_quote, columns))
            found = connection.execute(f"SELECT {chosen} FROM {self._table(connection)}")
            yield from text_batches(columns, _legible(columns, found), malformed=True)

    @override
    def sum(self) -> str:
        ahead = self._path.with_name(
            self._path.name + "-wal"
        )  # what was written and not yet moved in
        sums = [sum_of(path) for path in (self._path, ahead) if path.is_file()]
        return sha256(" ".join(sums).encode()).hexdigest()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
        connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        return connection

    def _table(self, connection: sqlite3.Connection) -> str:
        found = connection.execute(_TABLES)
        return _quote(choose_table(self._asked, {n: [n] for (n,) in found}, self._path.name))


def _legible(columns: list[str], rows: sqlite3.Cursor) -> Iterator[tuple[Any, ...] | MalformedLine]:
    for number, row in enumerate(rows, start=1):
        for column, value in zip(columns, row, strict=True):
            if isinstance(value, str) and not value.isascii() and not _is_text(value):
                yield MalformedLine(number, None, f"{column} is not UTF-8")
                break
        else:
            yield row


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
