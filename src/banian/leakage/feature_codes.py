"""The ways in which one feature can be read as codes: by its order, its values, its digits, its first letters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int, Shaped

_PARTS = 32
"""Ranges of a number; a value that holds half as many rows as one of them stands by itself."""
_MOST_CODES = 4_096
"""An order is cut into at most so many steps; a value that holds more rows than a step keeps one for itself."""
_FEW = 64
"""Up to so many values each is looked at by itself; beyond, an id may be hiding something in its letters."""


@final
@dataclass(frozen=True)
class FeatureCodes:
    """One reading of a feature: rows with the same code cannot be told apart by it."""

    way: str
    """What is looked at, in words: order, value, range, last digit, …"""
    codes: Int[np.ndarray, " row"]
    """0 where the value is missing, else 1, 2, …"""
    size: int
    """One more than the largest code."""
    is_ordered: bool
    """Whether the codes follow an order of the values; otherwise they are only names."""

    def take(self, rows: Int[np.ndarray, " chosen"]) -> "FeatureCodes":
        """Read some of the rows only."""
        return replace(self, codes=self.codes[rows])


def encode_feature(
    column: pa.Array | pa.ChunkedArray, *, is_spelled: bool = True
) -> Iterator[FeatureCodes]:
    """Turn a column of numbers (float64) or texts into codes in all ways, the plainest first; one code per row.

    `is_spelled` says whether the letters and digits of texts are looked at as well, as those of names and ids are.

    >>> [found.way for found in encode_feature(pa.array([1.5, None, 2.0]))]
    ['order', 'value']
    >>> next(encode_feature(pa.array(["b", None, "a", "b"]))).codes.tolist()
    [2, 0, 1, 2]
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_floating(column.type):
        values = column.to_numpy(zero_copy_only=False)
        yield from _read_numbers(values)
    else:
        yield from _read_texts(column, is_spelled=is_spelled)


def _read_numbers(values: Shaped[np.ndarray, " row"]) -> Iterator[FeatureCodes]:
    known = ~np.isnan(values)
    distinct, inverse = np.unique(values[known], return_inverse=True)
    codes = np.zeros(len(values), np.int64)
    codes[known] = inverse + 1
    size = len(distinct) + 1
    yield _ordered("order", codes, size)
    if size <= _FEW:
        yield _named("value", codes, size)
        return
    part = _parts(codes, size, _PARTS)
    often = np.bincount(codes, minlength=size) * 2 * _PARTS >= len(codes)
    often[0] = False
    part[often] = _PARTS + 1 + np.arange(often.sum())
    yield _named("range", part[codes], _PARTS + 1 + int(often.sum()))
    if bool((distinct == np.floor(distinct)).all()):
        digit = np.concatenate([[0], 1 + np.abs(distinct) % 10]).astype(np.int64)
        yield _named("last digit", digit[codes], 11)


def _read_texts(column: pa.Array, *, is_spelled: bool) -> Iterator[FeatureCodes]:
    encoded = pc.dictionary_encode(pc.cast(column, pa.string()))
    texts = np.asarray(encoded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(texts, kind="stable")
    rank = np.empty(len(texts) + 1, np.int64)
    rank[order], rank[-1] = np.arange(1, len(texts) + 1), 0
    codes = rank[pc.fill_null(encoded.indices, -1).to_numpy()]
    texts, size = texts[order], len(texts) + 1
    yield _named("value", codes, size)
    if size <= _FEW or not is_spelled:
        return
    yield _ordered("alphabetical order", codes, size)
    for way, part, is_ordered in _PARTS_OF_TEXT:
        found = np.asarray([part(text) for text in texts], dtype=object)
        names, which = np.unique(found, return_inverse=True)
        if 1 < len(names) < len(texts) or (is_ordered and len(names) > 1):
            seen = np.concatenate([[0], 1 + which])[codes]
            make = _ordered if is_ordered else _named
            yield make(way, seen, len(names) + 1)


def _named(way: str, codes: Int[np.ndarray, " row"], size: int) -> FeatureCodes:
    return FeatureCodes(way, codes, size, is_ordered=False)


def _ordered(way: str, codes: Int[np.ndarray, " row"], size: int) -> FeatureCodes:
    if size <= _MOST_CODES:
        return FeatureCodes(way, codes, size, is_ordered=True)
    return FeatureCodes(
        way, _parts(codes, size, _MOST_CODES)[codes], _MOST_CODES + 1, is_ordered=True
    )


def _parts(codes: Int[np.ndarray, " row"], size: int, most: int) -> Int[np.ndarray, " code"]:
    """Join neighbouring codes to at most so many parts that hold about as many rows each."""
    counts = np.bincount(codes, minlength=size)
    counts[0] = 0
    return np.concatenate([[0], 1 + (np.cumsum(counts)[1:] - 1) * most // counts.sum()])


def _digits(text: str) -> int:
    digits = "".join(filter(str.isdecimal, text))
    return int(digits[-15:]) if digits else -1


_PARTS_OF_TEXT: tuple[tuple[str, Callable[[str], object], bool], ...] = (
    ("first character", lambda text: text[:1], False),
    ("first two characters", lambda text: text[:2], False),
    ("first three characters", lambda text: text[:3], False),
    ("last character", lambda text: text[-1:], False),
    ("last two characters", lambda text: text[-2:], False),
    ("length", len, True),
    ("number in it", _digits, True),
)
