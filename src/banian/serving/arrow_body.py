"""Rows that strangers send as an Arrow stream: of plain types and uncompressed, or a small body becomes a large table.

Layout of the messages: https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
"""

import struct
from typing import final

import pyarrow as pa
import pyarrow.compute as pc

from banian.serving.json_body import too_large
from banian.serving.refusal import Refusal

_MOST_COLUMNS = 1_000
_HEADER, _LENGTH, _COMPRESSION = 2, 0, 3
"""Fields of a message and of a batch of rows, by number."""


def read_arrow(body: bytes, *, most_rows: int, most_text: int) -> pa.Table:
    """Read a table.

    Raises:
        Refusal: 400, it is no stream of plain columns, or has NaN or infinite numbers; 413, there is too much.

    """
    try:
        _look_through(body, most_rows)
        with pa.ipc.open_stream(pa.py_buffer(body)) as reader:
            if len(reader.schema) > _MOST_COLUMNS:
                raise too_large(f"The rows have more than {_MOST_COLUMNS:,} columns.")
            for field in reader.schema:
                if not _is_plain(field.type):
                    raise _malformed(f"{field.type} is no type of a column of asks")
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, struct.error, IndexError, _Odd) as error:
        why = str(error) if isinstance(error, _Odd) else "it cannot be read"
        raise _malformed(why) from None
    if len(table) > most_rows:
        raise _many(len(table), most_rows)
    for column in table.columns:
        if pa.types.is_floating(column.type) and pc.any(pc.invert(pc.is_finite(column))).as_py():
            raise _malformed("a number is NaN or infinite; leave it null where it is not known")
        if _is_text(column.type) and (pc.max(pc.utf8_length(column)).as_py() or 0) > most_text:
            raise too_large(f"A text has more than {most_text:,} characters.")
    return table


def _look_through(body: bytes, most_rows: int) -> None:
    """Read the headers of all messages before any body is unpacked."""
    rows = 0
    reader = pa.ipc.MessageReader.open_stream(pa.py_buffer(body))
    while True:
        try:
            message = reader.read_next_message()
        except StopIteration:
            return
        if message.type == "schema":
            continue
        if message.type != "record batch":
            raise _Odd("dictionaries are not taken: send plain columns")
        batch = _Flat(message.metadata.to_pybytes()).child(_HEADER)
        if batch.has(_COMPRESSION):
            raise _Odd("compressed columns are not taken")
        rows += batch.int64(_LENGTH)
        if not 0 <= rows <= most_rows:
            raise _many(rows, most_rows)


@final
class _Flat:
    """A table of a FlatBuffer, as far as it has to be read here."""

    def __init__(self, data: bytes, at: int | None = None) -> None:
        self._data = data
        self._at = struct.unpack_from("<I", data, 0)[0] if at is None else at
        self._names = self._at - struct.unpack_from("<i", data, self._at)[0]

    def _offset(self, field: int) -> int:
        size = struct.unpack_from("<H", self._data, self._names)[0]
        place = 4 + 2 * field
        return struct.unpack_from("<H", self._data, self._names + place)[0] if place < size else 0

    def has(self, field: int) -> bool:
        return self._offset(field) != 0

    def int64(self, field: int) -> int:
        offset = self._offset(field)
        return struct.unpack_from("<q", self._data, self._at + offset)[0] if offset else 0

    def child(self, field: int) -> "_Flat":
        at = self._at + self._offset(field)
        return _Flat(self._data, at + struct.unpack_from("<I", self._data, at)[0])


class _Odd(Exception):
    """What is wrong with a stream."""


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind):  # of the names of tasks
        return _is_text(kind.value_type)
    return (
        _is_text(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_timestamp(kind)
        or pa.types.is_date(kind)
    )


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _malformed(why: str) -> Refusal:
    return Refusal(
        400,
        f"The body is no Arrow stream of asks: {why}.",
        remedy="Send an IPC stream of plain columns, or JSON.",
    )


def _many(rows: int, most: int) -> Refusal:
    return too_large(f"There are {rows:,} rows, and a request may have {most:,}.")
