"""JSON lines, also gzipped: one object a line, every value as it was written."""

import codecs
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, final

import pyarrow as pa
from typing_extensions import override

from banian.errors import TableError
from banian.storage import sum_of
from banian.tables.sources.base import AbstractBatches
from banian.tables.sources.csv_format import open_lines
from banian.tables.sources.files import open_bytes
from banian.tables.sources.text import MalformedLine, Number, text_batches
from banian.tables.sources.text_encoding import inspect_text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name = next(name for at, (name, _) in enumerate(pairs) if name in dict(pairs[:at]))
        raise TableError(
            f"Two values of an object have one name, {name!r}.",
            remedy="Rename one of them: only the last would be read.",
        )
    return found


_NAMES = json.JSONDecoder(object_pairs_hook=_once)
_VALUES = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=Number)


@final
class JsonLinesFile(AbstractBatches):
    """A file that is read twice: for the names of all objects, then for their values.

    Args:
        path: The file, gzipped or not.
        encoding: Name of the encoding; None is UTF-8.

    """

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._path = path
        is_utf8 = codecs.lookup(encoding or "utf-8").name in ("utf-8", "utf-8-sig")
        self._encoding = None if is_utf8 else encoding

    @override
    def columns(self) -> list[str]:
        if self._encoding is None:
            inspect_text(self._path)
        names: dict[str, None] = {}
        for row in self._objects(_NAMES):
            if isinstance(row, dict):
                names |= dict.fromkeys(row)
        return list(names)

    @override
    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        rows = (
            row if isinstance(row, MalformedLine) else tuple(map(row.get, columns))
            for row in self._objects(_VALUES)
        )
        return text_batches(columns, rows, malformed=True)

    @override
    def sum(self) -> str:
        return sum_of(self._path)

    def _objects(self, decoder: json.JSONDecoder) -> Iterator[dict[str, Any] | MalformedLine]:
        if self._encoding is None:
            with open_bytes(self._path) as file:
                yield from _read_lines(decoder, file)
        else:
            with open_lines(self._path, self._encoding) as lines:
                yield from _read_lines(decoder, (line.encode() for line in lines))


def _read_lines(
    decoder: json.JSONDecoder, lines: Iterable[bytes]
) -> Iterator[dict[str, Any] | MalformedLine]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read_line(decoder, number, line)


def _read_line(
    decoder: json.JSONDecoder, number: int, line: bytes
) -> dict[str, Any] | MalformedLine:
    try:
        row = decoder.decode(line.decode("utf-8-sig"))
        if b"\\u" in line:
            json.dumps(row, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeError) else "it is not JSON"
        return MalformedLine(number, line.decode("utf-8", "replace").strip(), reason)
    if not isinstance(row, dict):
        return MalformedLine(number, line.decode().strip(), "it is not an object")
    return row
