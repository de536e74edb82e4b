"""How a categorical field is encoded: a code per value that enough training rows carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int
from typing_extensions import override

from banian.features.codecs.base import ABSENT, FIRST, UNSEEN, AbstractCategories

MOST_VALUES = 100_000
"""The rarest values beyond these count as unseen."""
FEWEST_ROWS = 10
"""Rarer values are learned together, as `unseen`: alone they would be noise."""


@final
@dataclass(frozen=True)
class Vocabulary(AbstractCategories):
    """The known values of a field.

    Args:
        values: the values in the order of their codes: the most frequent on training rows first, then those that
            updates brought.

    >>> Vocabulary(("salt",)).encode(pa.chunked_array([["salt", "pepper", None]]))
    array([2, 1, 0])

    """

    values: tuple[str, ...]
    codes: Mapping[str | None, int] = field(init=False, repr=False, compare=False)
    """Value → its code; of nothing, absent."""

    def __post_init__(self) -> None:
        known = {value: code for code, value in enumerate(self.values, start=FIRST)}
        object.__setattr__(self, "codes", {None: ABSENT, **known})

    @property
    @override
    def size(self) -> int:
        return FIRST + len(self.values)

    @override
    def encode(self, values: pa.ChunkedArray) -> Int[np.ndarray, " row"]:
        parts = [np.empty(0, np.int64)]
        for chunk in values.chunks:
            texts = chunk.dictionary_encode(null_encoding="encode")
            codes = [self.codes.get(text, UNSEEN) for text in texts.dictionary.to_pylist()]
            parts.append(np.array(codes, np.int64)[texts.indices.to_numpy()])
        return np.concatenate(parts)

    @override
    def update(
        self, values: pa.ChunkedArray, *, fewest: int = FEWEST_ROWS, most: int = MOST_VALUES
    ) -> "Vocabulary":
        """Append new values that at least so many of the rows carry, the most frequent first, while there is room.

        >>> Vocabulary(("salt",)).update(pa.chunked_array([["tea"] * 10 + ["salt"] * 12])).values
        ('salt', 'tea')
        """
        new = [value for value in _frequent(values, fewest) if value not in self.codes]
        return Vocabulary((*self.values, *new[: max(0, most - len(self.values))]))

    @override
    def to_dict(self) -> dict[str, Any]:
        return {"values": list(self.values)}

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "Vocabulary":
        """Read what `to_dict` gave."""
        return cls(tuple(tree["values"]))


def fit_vocabulary(
    values: pa.ChunkedArray, *, fewest: int = FEWEST_ROWS, most: int = MOST_VALUES
) -> Vocabulary:
    """Collect the values that at least so many training rows carry, of these at most so many.

    >>> fit_vocabulary(pa.chunked_array([["tea"] * 10 + ["salt"] * 12 + ["gold", None]])).values
    ('salt', 'tea')
    """
    return Vocabulary(()).update(values, fewest=fewest, most=most)


def _frequent(values: pa.ChunkedArray, fewest: int) -> list[str]:
    """List the values that at least so many rows carry, the most frequent first."""
    counts = pc.value_counts(pc.drop_null(values))
    often = counts.filter(pc.greater_equal(counts.field("counts"), fewest)).to_pylist()
    return [value for _, value in sorted((-row["counts"], row["values"]) for row in often)]
