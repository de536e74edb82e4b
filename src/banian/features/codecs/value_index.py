"""From the values of a vocabulary to their codes: a dictionary where they are few, sorted hashes where they are many.

A dictionary answers fastest and takes some 150 bytes a value beside its text, sorted hashes take 8.
"""

from abc import ABC, abstractmethod
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int64, UInt32
from typing_extensions import override

from banian.features.codecs.base import ABSENT, FIRST, UNSEEN
from banian.features.codecs.hash import hash_text, mix_bits

MOST_IN_DICTIONARY = 65_536
"""Vocabularies of more values are found by sorted hashes."""
_SLICE = 1 << 20  # values that are hashed at a time: hashing takes some 40 bytes a value meanwhile


class AbstractValueIndex(ABC):
    """Knows the code of every value of a vocabulary."""

    @abstractmethod
    def find(self, texts: pa.Array) -> Int64[np.ndarray, " text"]:
        """Give the code of each text: absent where it is null, unseen where it is none of the values."""


def index_values(values: pa.Array) -> AbstractValueIndex:
    """Index different texts, large_string, in the order of their codes; a code whose value is null has none."""
    if len(values) > MOST_IN_DICTIONARY:
        return SortedHashes(values)
    return Dictionary(values)


@final
class Dictionary(AbstractValueIndex):
    """A dictionary of texts.

    Args:
        values: Different texts in the order of their codes; null where a code has no value.

    """

    def __init__(self, values: pa.Array) -> None:
        self._codes = {value: code for code, value in enumerate(values.to_pylist(), start=FIRST)}
        self._codes[None] = ABSENT

    @override
    def find(self, texts: pa.Array) -> Int64[np.ndarray, " text"]:
        return np.array([self._codes.get(text, UNSEEN) for text in texts.to_pylist()], np.int64)


@final
class SortedHashes(AbstractValueIndex):
    """Hashes of 32 bits in ascending order, searched by halves; texts with the same hash are then compared.

    Args:
        values: Different texts, large_string, in the order of their codes; null where a code has no value. They are
            referred to, not copied.

    """

    def __init__(self, values: pa.Array) -> None:
        parts = [_hash(values.slice(start, _SLICE)) for start in range(0, len(values), _SLICE)]
        hashes = np.concatenate([np.empty(0, np.uint32), *parts])
        places = np.argsort(hashes).astype(np.uint32)
        if values.null_count:
            places = places[values.is_valid().to_numpy(zero_copy_only=False)[places]]
        self._values, self._places, self._hashes = values, places, hashes[places]

    @override
    def find(self, texts: pa.Array) -> Int64[np.ndarray, " text"]:
        texts = texts.cast(pa.large_string())
        there = texts.is_valid().to_numpy(zero_copy_only=False)
        codes = np.where(there, UNSEEN, ABSENT)
        hashes = _hash(texts)
        # In ascending order, so that neighbours are looked for in neighbouring memory.
        waiting = np.argsort(hashes)
        waiting = waiting[there[waiting]]
        at = np.searchsorted(self._hashes, hashes[waiting])
        while len(waiting):
            inside = at < len(self._hashes)
            waiting, at = waiting[inside], at[inside]
            alike = self._hashes[at] == hashes[waiting]
            waiting, at = waiting[alike], at[alike]
            places = self._places[at]
            same = pc.equal(self._values.take(pa.array(places)), texts.take(pa.array(waiting)))
            is_found = same.to_numpy(zero_copy_only=False)
            codes[waiting[is_found]] = places[is_found].astype(np.int64) + FIRST
            waiting, at = waiting[~is_found], at[~is_found] + 1
        return codes


def _hash(texts: pa.Array) -> UInt32[np.ndarray, " text"]:
    return (mix_bits(hash_text(texts)) >> np.uint64(32)).astype(np.uint32)
