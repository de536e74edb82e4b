"""How a CSV file is written and what its columns are called, from its first lines and what was declared."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final

from banian.errors import TableError
from banian.spec import SourceTableSpec
from banian.tables.sources.csv_records import read_records
from banian.tables.sources.dialect import Dialect
from banian.tables.sources.files import open_bytes
from banian.tables.sources.raw_rows import check_names
from banian.tables.sources.sniff import sniff
from banian.tables.sources.text import MalformedLine
from banian.tables.sources.text_encoding import HEAD


@final
@dataclass(frozen=True)
class CsvFormat:
    """What must be known before a CSV file can be read."""

    dialect: Dialect
    """Delimiter, quote and escape."""
    encoding: str
    """Name of the encoding, as Python spells it."""
    columns: list[str]
    """Names of the columns, in their order."""
    header: int
    """The line on which the header ends, from 1; 0 where there is none."""

    def __str__(self) -> str:
        encoding = "utf-8" if self.encoding == "utf-8-sig" else self.encoding
        return f"{self.dialect}, {encoding}, {'header' if self.header else 'no header'}"


def detect_format(path: Path, declared: SourceTableSpec, encoding: str) -> CsvFormat:
    """Decide how a file is written; what `declared` leaves open is found in its first lines.

    Raises:
        TableError: it is empty, its columns have no names of their own, or it is encoded otherwise.

    """
    lines = _head(path, encoding)
    named = list(declared.columns)
    dialect = sniff(
        lines, delimiter=declared.delimiter, quote=declared.quote, width=len(named) or None
    )
    if not declared.header:
        return CsvFormat(dialect, encoding, named, 0)
    first = next(read_records(lines, dialect), None)
    if first is None:
        raise TableError(
            f"{path.name}: the file is empty.",
            remedy="Export it again. A table without rows still has a header, which names its columns.",
        )
    if isinstance(first, MalformedLine):
        raise TableError(
            f"{path.name}: line {first.number}, which should name the columns, cannot be read: "
            f"{first.reason}.",
            remedy="Correct this line, or say how the file is written: delimiter, quote, header.",
        )
    found = [name.strip() for name in dialect.split(first.text)]
    if named and len(named) != len(found):
        raise TableError(
            f"{path.name}: its header names {len(found)} columns, and columns names {len(named)}.",
            remedy="Name all columns, in their order, or leave columns out.",
        )
    check_names(named or found)
    breaks = first.text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    return CsvFormat(dialect, encoding, named or found, first.number + breaks)


@contextmanager
def open_lines(path: Path, encoding: str) -> Iterator[Iterator[str]]:
    """Give the lines of a text file with their breaks: LF, CRLF and CR end a line.

    Bytes that are not UTF-8 come as surrogates.

    Raises:
        TableError: the file has another encoding, which is not UTF-8 either.

    """
    errors = "surrogateescape" if encoding == "utf-8-sig" else "strict"
    number = 0

    def counted(lines: Iterable[str]) -> Iterator[str]:
        nonlocal number
        for line in lines:
            number += 1
            yield line

    with io.TextIOWrapper(open_bytes(path), encoding, errors, newline="") as lines:
        try:
            yield counted(lines)
        except UnicodeError as error:
            reason = str(error).partition("codec ")[2] or str(error)
            raise TableError(
                f"{path.name} cannot be read as {encoding}, near line {number + 1}: {reason}.",
                remedy="Correct encoding, or leave it out to be told what the file looks like.",
            ) from None


def _head(path: Path, encoding: str) -> list[str]:
    size, head = 0, []
    with open_lines(path, encoding) as lines:
        for line in lines:
            head.append(line)
            size += len(line)
            if size > HEAD:
                break
    return head
