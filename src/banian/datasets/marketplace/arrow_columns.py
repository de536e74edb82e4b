"""From numpy to the columns of a table."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

MONEY = pa.decimal128(12, 2)
INSTANT = pa.timestamp("us")


def money(cents: np.ndarray) -> pa.Array:
    """Write whole cents as a decimal, without rounding."""
    words = np.empty((len(cents), 2), dtype="<i8")
    words[:, 0] = cents
    words[:, 1] = cents >> 63  # the sign fills the upper half
    return pa.Array.from_buffers(MONEY, len(cents), [None, pa.py_buffer(words)])


def instants(at: np.ndarray, absent: np.ndarray | None = None) -> pa.Array:
    """Write microseconds since 1970 as times."""
    return pa.array(at.astype(np.int64), pa.int64(), mask=absent).view(INSTANT)


def words(codes: np.ndarray, vocabulary: Sequence[str]) -> pa.Array:
    """Write positions in a vocabulary as its words."""
    return coded(codes, vocabulary).cast(pa.string())


def coded(codes: np.ndarray, vocabulary: Sequence[str]) -> pa.DictionaryArray:
    """Write positions in a vocabulary as a column that keeps the vocabulary beside it; below 0 is absent."""
    keys = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(keys, pa.array(list(vocabulary), pa.string()))


def numbered(prefix: str, numbers: np.ndarray) -> pa.Array:
    """Write numbers as names such as v000012."""
    return pa.array([f"{prefix}{number:06d}" for number in numbers.tolist()], pa.string())
