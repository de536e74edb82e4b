"""Events of windows that look back as a store holds them: those of one key are found in microseconds."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int64

from banian.features.exact import Numbers
from banian.features.stored_keys import Keys
from banian.features.stored_rows import Field, StoredRows
from banian.features.window import WindowedEvents, WindowEvents, Words
from banian.spec.expression_text import format_expression

TICK, KNOWN, COUNTS, VALUE, HIGH, VALID = (
    (name,) for name in ("tick", "known", "counts", "value", "high", "valid")
)
"""Fields of an event: those of WindowEvents, and the parts of Numbers."""
_BETWEEN = "\x1f"


@final
class StoredWindows:
    """The events that some windows read, as they were stored.

    Args:
        rows: one for each event, those of a key together, sorted by tick and value.
        holds: what `value` is: floats, whole numbers, texts, or nothing.
        scale: by which power of ten whole numbers are divided.

    """

    def __init__(self, rows: StoredRows, holds: str | None, scale: int) -> None:
        self._rows = rows
        tick = self._column(TICK)
        self._tick = np.zeros(0, np.int64) if tick is None else tick
        self._value = self._values(holds, scale)

    def events(
        self, ask: Int64[np.ndarray, " ask"], keys: Keys, at: Int64[np.ndarray, " ask"]
    ) -> WindowEvents:
        """Give what some asks may see, each about the events of its key before its tick."""
        first, length = self._rows.find(keys)
        return WindowEvents(
            ask,
            at,
            first,
            first + length,
            self._tick,
            self._column(KNOWN),
            self._column(COUNTS),
            self._value,
        )

    def _column(self, field: Field) -> Int64[np.ndarray, " event"] | None:
        place = self._rows.places.get(field)
        return None if place is None else self._rows.rows[:, place]

    def _values(self, holds: str | None, scale: int) -> Numbers | Words | None:
        column = self._column(VALUE)
        none = np.zeros(0, np.int64)
        if holds is None:
            return None
        if holds == "text":
            texts = self._rows.texts.get(VALUE, pa.array([], pa.string()))
            return Words(none if column is None else column, texts)
        valid = self._column(VALID)
        if column is None or valid is None:
            return Numbers(none, none, scale)
        low = column.view(np.float64) if holds == "float" else column
        return Numbers(low, valid, scale, self._column(HIGH))


@lru_cache
def place_of(read: WindowedEvents) -> str:
    """Say in one text which events windows read."""
    condition = None if read.condition is None else format_expression(read.condition)
    return json.dumps([read.entity, read.table, read.same, read.column, condition, read.form])


def key_texts(columns: Sequence[pa.Array]) -> pa.Array:
    r"""Write what an event has in common with a row as one text; null where any of it is.

    >>> key_texts([pa.array([1.0, 2.5]), pa.array(["a", None])]).to_pylist()
    ['1\x1fa', None]
    """
    texts = [_texts(column) for column in columns]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, _BETWEEN)


def _texts(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us")).cast(pa.int64())
    return pa.array(
        [None if one is None else _text(one) for one in column.to_pylist()], pa.string()
    )


def _text(value: Any) -> str:  # noqa: ANN401
    """Write numbers that are equal alike: 1, 1.0, Decimal(1) and true."""
    if isinstance(value, str):
        return value
    return str(int(value)) if value == value // 1 else repr(float(value))
