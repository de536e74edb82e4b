"""Keys and links as their source wrote them: inside they may be text, so that they compare."""

import ibis.expr.datatypes as dt
import pyarrow as pa


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
