"""How a categorical field is encoded: a code per value that enough training rows carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int, Int64, UInt16
from typing_extensions import override

from banian.features.codecs.base import FIRST, AbstractCategories
from banian.features.codecs.value_index import AbstractValueIndex, index_values

FEWEST_ROWS = 10
"""Rarer values are learned together, as `unseen`: alone they would be noise."""
_FEW = 16  # a part of a column that is shorter is looked up as it is, repeated values too
_LONGEST_IDLE = np.iinfo(np.uint16).max


@final
@dataclass(frozen=True, eq=False)
class Vocabulary(AbstractCategories):
    """The known values of a field.

    A value has its code for as long as it is known. What is forgotten leaves its code to a value that comes later.

    Args:
        values: the values, different texts, in the order of their codes: the most frequent on training rows first, then
            those that updates brought; null where a value was forgotten and none has taken its place.
        idle: for how many updates no row carried each value; nothing where nobody counts.

    >>> Vocabulary(pa.array(["salt"])).encode(pa.chunked_array([["salt", "pepper", None]]))
    array([2, 1, 0])

    """

    values: pa.Array
    idle: UInt16[np.ndarray, " value"] | None = None
    _index: AbstractValueIndex = field(init=False, repr=False)

    def __post_init__(self) -> None:
        values = self.values.cast(pa.large_string())
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "_index", index_values(values))

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocabulary):
            return NotImplemented
        idle, others = (np.empty(0) if one.idle is None else one.idle for one in (self, other))
        return bool(self.values.equals(other.values)) and np.array_equal(idle, others)

    @override
    def __hash__(self) -> int:
        return hash((len(self.values), *self.values.slice(0, 9).to_pylist()))

    @property
    @override
    def size(self) -> int:
        return FIRST + len(self.values)

    @override
    def encode(self, values: pa.ChunkedArray) -> Int[np.ndarray, " row"]:
        parts = [self._encode(chunk) for chunk in values.chunks]
        return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, np.int64), *parts])

    @override
    def update(
        self,
        values: pa.ChunkedArray,
        *,
        fewest: int = FEWEST_ROWS,
        most: int | None = None,
        forget_after: int | None = None,
    ) -> "Vocabulary":
        """Let new values be known that at least so many rows carry, the most frequent first, while there is room.

        They take the codes of forgotten values, the lowest first, and go on behind the last.

        Args:
            values: The column of the later rows.
            fewest: How many of them carry a value that becomes known.
            most: How many values are known at most; known ones stay in any case. None: as many as there are.
            forget_after: A value that no row of so many successive updates carries is forgotten by the last of them.
                None: none is ever forgotten, and nobody counts.

        >>> later = pa.chunked_array([["tea"] * 10 + ["salt"] * 12])
        >>> Vocabulary(pa.array(["salt"])).update(later).values.to_pylist()
        ['salt', 'tea']

        """
        counts = pc.value_counts(pc.drop_null(values))
        found, rows = counts.field("values"), counts.field("counts")
        codes = self._index.find(found)
        known, idle = self.values, self.idle
        if forget_after is not None:
            idle = self._count_idle(codes)
            known = pc.if_else(pa.array(idle < forget_after), known, None)
        is_new = pa.array(codes < FIRST)
        new = _most_frequent(found.filter(is_new), rows.filter(is_new), fewest)
        if most is not None:
            new = new.slice(0, max(0, most - len(known) + known.null_count))
        return _add(known, idle, new)

    def changed_codes(self, later: "Vocabulary") -> Int64[np.ndarray, " code"]:
        """Give the codes, in ascending order, that do not stand for the same value in an update of this one.

        Codes behind the last of this one are not among them.
        """
        values, others = self.values, later.values.slice(0, len(self.values))
        are_free = pc.and_(values.is_null(), others.is_null())
        same = pc.or_(pc.fill_null(pc.equal(values, others), False), are_free)
        return np.flatnonzero(~same.to_numpy(zero_copy_only=False)) + FIRST

    @override
    def to_dict(self) -> dict[str, Any]:
        idle = None if self.idle is None else self.idle.tolist()
        return {"values": self.values.to_pylist(), "idle": idle}

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "Vocabulary":
        """Read what `to_dict` gave."""
        idle = None if tree["idle"] is None else np.array(tree["idle"], np.uint16)
        return cls(pa.array(tree["values"], pa.large_string()), idle)

    def _encode(self, chunk: pa.Array) -> Int[np.ndarray, " row"]:
        if len(chunk) < _FEW:
            return self._index.find(chunk)
        texts = chunk.dictionary_encode(null_encoding="encode")
        return self._index.find(texts.dictionary)[texts.indices.to_numpy()]

    def _count_idle(self, codes: Int64[np.ndarray, " found"]) -> UInt16[np.ndarray, " value"]:
        """Count one more update for all values but those of these codes."""
        before = np.zeros(len(self.values), np.uint16) if self.idle is None else self.idle
        idle = np.minimum(before, _LONGEST_IDLE - 1) + np.uint16(1)
        idle[codes[codes >= FIRST] - FIRST] = 0
        return idle


def fit_vocabulary(
    values: pa.ChunkedArray, *, fewest: int = FEWEST_ROWS, most: int | None = None
) -> Vocabulary:
    """Collect the values that at least so many training rows carry, of these at most so many.

    >>> rows = pa.chunked_array([["tea"] * 10 + ["salt"] * 12 + ["gold", None]])
    >>> fit_vocabulary(rows).values.to_pylist()
    ['salt', 'tea']
    """
    return Vocabulary(pa.array([], pa.large_string())).update(values, fewest=fewest, most=most)


def _most_frequent(values: pa.Array, counts: pa.Array, fewest: int) -> pa.Array:
    """List the values that at least so many rows carry, the most frequent first, then in the order of their text."""
    often = pc.greater_equal(counts, fewest)
    table = pa.table({"value": values.filter(often), "count": counts.filter(often)})
    order = pc.sort_indices(table, [("count", "descending"), ("value", "ascending")])
    return table["value"].take(order).combine_chunks().cast(pa.large_string())


def _add(known: pa.Array, idle: UInt16[np.ndarray, " value"] | None, new: pa.Array) -> Vocabulary:
    """Put new values where codes are free, and behind the last."""
    free = np.flatnonzero(known.is_null().to_numpy(zero_copy_only=False))[: len(new)]
    if len(free):
        is_free = np.zeros(len(known), np.bool_)
        is_free[free] = True
        known = pc.replace_with_mask(known, pa.array(is_free), new.slice(0, len(free)))
    values = pa.concat_arrays([known, new.slice(len(free))])
    if idle is not None:
        idle = np.concatenate([idle, np.zeros(len(values) - len(idle), np.uint16)])
        idle[free] = 0
    return Vocabulary(values, idle)
