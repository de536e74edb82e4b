"""Untyped values as text, so that they get their types by the same inference as CSV (docs/adr/0002-text-first.md)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, final

import pyarrow as pa

FAULT = "banian fault"
"""Column that says why a line is no row."""
LINE = "banian line"
"""Column that holds such a line."""
NUMBER = "banian number"
"""Column that holds where it stands, from 1."""
_ROWS = 20_000  # of a batch


@final
@dataclass(frozen=True)
class MalformedLine:
    """A line that is no row."""

    number: int
    """Where it stands, from 1; 0 where that is not known."""
    line: str | None
    """Its text; None where it cannot be shown."""
    reason: str
    """Why it is no row, as a sentence about `it`."""


@final
class Number(str):
    """A number as it was written."""

    __slots__ = ()


def text_batches(
    columns: list[str], rows: Iterable[tuple[Any, ...] | MalformedLine], *, malformed: bool = False
) -> Iterator[pa.RecordBatch]:
    """Turn rows of Python values into batches of text; `malformed` if some may be no rows."""
    chunk: list[tuple[Any, ...]] = []
    extra = (None,) * 3 if malformed else ()
    for row in rows:
        if isinstance(row, MalformedLine):
            chunk.append((*(None,) * len(columns), row.reason, row.line, row.number))
        else:
            chunk.append((*row, *extra))
        if len(chunk) == _ROWS:
            yield _batch(columns, chunk, malformed=malformed)
            chunk = []
    if chunk:
        yield _batch(columns, chunk, malformed=malformed)


def as_text(value: Any) -> str | None:  # noqa: ANN401
    """Write a value the way that CSV would hold it, without losing a digit.

    >>> [as_text(value) for value in ("00123", 7.0, 0.1, True, None, b"A", {"a": [Number("1.50")]})]
    ['00123', '7', '0.1', 'true', None, '41', '{"a":[1.50]}']
    """
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return as_text(value.total_seconds())
        case bytes():
            return value.hex()
        case dict() | list():
            return _nested(value)
        case _:
            return str(value)


def _nested(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, dict):
        inner = ",".join(
            f"{json.dumps(k, ensure_ascii=False)}:{_nested(v)}" for k, v in value.items()
        )
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_nested, value))}]"
    return value if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def _batch(columns: list[str], chunk: list[tuple[Any, ...]], *, malformed: bool) -> pa.RecordBatch:
    names = [*columns, *((FAULT, LINE, NUMBER) if malformed else ())]
    kinds = [pa.string()] * (len(columns) + 2 * malformed) + [pa.int64()] * malformed
    arrays = [
        _array(values, kind) for values, kind in zip(zip(*chunk, strict=True), kinds, strict=True)
    ]
    return pa.record_batch(arrays, names=names)


def _array(values: tuple[Any, ...], kind: pa.DataType) -> pa.Array:
    if not pa.types.is_string(kind) or all(v is None or isinstance(v, str) for v in values):
        return pa.array(values, kind)
    return pa.array([as_text(value) for value in values], kind)
