"""Split the lines of a CSV file into records; where a quote is never closed, only its own line is lost."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import final

from banian.tables.sources.dialect import Dialect
from banian.tables.sources.text import MalformedLine

_LONGEST = 2**21  # bytes of a record that the reader takes
_MOST_LINES = 10_000
_TELLING = 3  # lines within a value, each of which looks like a row of the table: they are rows


@final
@dataclass(frozen=True, slots=True)
class Record:
    """The text of a row, without its line break."""

    number: int
    """Where it begins, in lines from 1."""
    text: str
    """The text, line breaks within quotes included."""
    values: int
    """How many values it has."""


def row_of(record: Record, width: int, dialect: Dialect) -> str | None:
    """Give the text of a record that has `width` values, without an empty one behind the last delimiter; else None."""
    if record.values == width:
        return record.text
    if record.values == width + 1:
        for nothing in (dialect.delimiter, dialect.delimiter + dialect.quote * 2):
            if record.text.endswith(nothing):
                return record.text.removesuffix(nothing)
    return None


def read_records(
    lines: Iterable[str], dialect: Dialect, width: int | None = None
) -> Iterator[Record | MalformedLine]:
    """Give the records in their order, and the lines that are none; blank lines are left out.

    A record ends with its line, or with a later one where a line break stands within quotes. Where that fails, because
    a quote is never closed or other text follows it, its first line alone is no record, and reading goes on with the
    next. `width` is the number of values of a record, where that is known.
    """
    source = _Lines(lines)
    row = None if width is None else dialect.is_row(width)
    for number, line in source:
        body = line.rstrip("\r\n")
        if row is not None and dialect.quote in body and row.fullmatch(body):
            values, end = width or 0, "whole"  # much faster than counting
        else:
            values, end = dialect.count(body)
        if end == "whole":
            if len(body) > _LONGEST // 4 and len(body.encode("utf-8", "replace")) > _LONGEST:
                yield MalformedLine(number, body, f"it is longer than {_LONGEST:,} bytes")
            elif body.strip(" "):
                yield Record(number, body, values)
        elif end == "broken":
            yield MalformedLine(number, body, "text follows a closing quote")
        else:
            found = _complete(line, values, dialect, source, width)
            yield (
                MalformedLine(number, body, "a quote is opened and not closed")
                if found is None
                else Record(number, *found)
            )


def _complete(
    line: str, values: int, dialect: Dialect, source: "_Lines", width: int | None
) -> tuple[str, int] | None:
    """Add lines until the open quote is closed; where it is not, give them back."""
    added: list[str] = []
    size = len(line)
    for _, more in source:
        added.append(more)
        size += len(more)
        if len(added) > _MOST_LINES or size > _LONGEST // 4:
            break
        if dialect.quote not in more:
            continue
        body = more.rstrip("\r\n")
        found, end = dialect.count(body, inside=True)
        values += found
        if end == "whole":
            inner = added[:-1]
            if width is not None and values != width:
                break
            if width is not None and len(inner) >= _TELLING and width > 1:
                delimiters = width - 1
                if all(each.count(dialect.delimiter) == delimiters for each in inner):
                    break
            return "".join([line, *inner, body]), values
        if end == "broken":
            break
    source.give_back(added)
    return None


@final
class _Lines:
    """Lines with their numbers, that can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self._back, self._number = iter(lines), deque[str](), 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> tuple[int, str]:
        line = self._back.popleft() if self._back else next(self._lines)
        self._number += 1
        return self._number, line

    def give_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))
        self._number -= len(lines)
