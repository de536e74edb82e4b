"""Keys and links (names): kept as the source wrote them; texts such as NULL, by which nobody is meant, are absent.

A name is held as a whole number only where every value of its column is one, written the plain way, so that reading it
as a number and writing it again changes nothing; numbers are sorted and joined several times as fast as texts.
"""

from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from banian.schema import ABSENT, MAYBE_NOBODY, NOBODY
from banian.tables.white_space import strip_text

_SHORT = 2
_WHOLE = r"^(0|-?[1-9]\d{0,17})$"
_POINT_ZERO = r"^(0|-?[1-9]\d{0,14})\.0$"


def name_evidence(value: ir.StringColumn) -> dict[str, ir.Scalar]:
    """Count, for a column of texts, what decides how its names are held."""
    text = strip_text(value)
    is_maybe = text == MAYBE_NOBODY
    is_name = text.notin(NOBODY) & ~is_maybe
    return {
        "names": is_name.sum(),
        "whole": text.re_search(_WHOLE).sum(),
        "point_zero": text.re_search(_POINT_ZERO).sum(),
        "longest": is_name.ifelse(text.length(), 0).max(),
        "nobody": (text.isin(NOBODY) & (text != "")).sum(),
        "maybe": is_maybe.sum(),
    }


def is_point_zero(value: ir.StringColumn) -> ir.BooleanColumn:
    """Say which names are whole numbers with .0 behind, which a program may have put there."""
    return value.re_search(_POINT_ZERO)


def is_na_a_name(found: dict[str, Any]) -> bool:
    """Say whether NA is a name in a column of which this was counted."""
    return 0 < found["longest"] <= _SHORT


def are_whole(found: dict[str, Any]) -> bool:
    """Say whether every name is a whole number; of all names that end in .0 that end was a program's."""
    every = found["names"] + (found["maybe"] if is_na_a_name(found) else 0)
    return every in (found["whole"], found["point_zero"])


def read_name(column: ir.Column, *, na_is_name: bool) -> ir.StringColumn:
    """Read names as texts: without the spaces around them, and null where nobody is meant."""
    text = strip_text(column.cast("string"))
    nobody = NOBODY if na_is_name else ABSENT
    return text.isin(nobody).ifelse(ibis.null("string"), text)


def read_whole_name(column: ir.Column) -> ir.IntegerColumn:
    """Read names that are all whole numbers."""
    text = strip_text(column.cast("string")).re_replace(r"\.0$", "")
    return text.re_search(_WHOLE).ifelse(text, ibis.null("string")).try_cast("int64")


def as_in_source(ids: pa.ChunkedArray, stored: dt.DataType | None) -> pa.ChunkedArray:
    """Give ids back in the type that they have in their source; those that do not fit it stay text.

    `stored` is that type, nothing where the column was made here. Texts keep their spelling: 00123 is not 123.

    >>> ids = pa.chunked_array([["7", "12"]])
    >>> as_in_source(ids, dt.int64).to_pylist(), as_in_source(ids, dt.string).to_pylist()
    ([7, 12], ['7', '12'])
    """
    if stored is None or not stored.is_integer() or not pa.types.is_string(ids.type):
        return ids
    try:
        return ids.cast(pa.uint64() if stored.is_uint64() else pa.int64())
    except pa.ArrowInvalid:
        return ids
