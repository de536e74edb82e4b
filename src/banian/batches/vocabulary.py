"""How a categorical field is encoded: a code per value that enough training rows carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int

ABSENT = 0
UNSEEN = 1
FIRST = 2
"""Code of the most frequent value."""
MOST_VALUES = 100_000
"""The rarest values beyond these count as unseen."""
FEWEST_ROWS = 10
"""Rarer values are learned together, as `unseen`: alone they would be noise."""


@final
@dataclass(frozen=True)
class Vocabulary:
    """The known values of a field, the most frequent first."""

    values: tuple[str, ...]
    codes: Mapping[str | None, int] = field(init=False, repr=False, compare=False)
    """Value → its code; of nothing, absent."""

    def __post_init__(self) -> None:
        known = {value: code for code, value in enumerate(self.values, start=FIRST)}
        object.__setattr__(self, "codes", {None: ABSENT, **known})

    @property
    def size(self) -> int:
        """How many codes there are, absent and unseen included."""
        return FIRST + len(self.values)


def fit_vocabulary(values: pa.ChunkedArray, *, fewest: int = FEWEST_ROWS) -> Vocabulary:
    """Collect the values that at least so many training rows carry.

    >>> fit_vocabulary(pa.chunked_array([["tea"] * 10 + ["salt"] * 12 + ["gold", None]])).values
    ('salt', 'tea')
    """
    counts = pc.value_counts(pc.drop_null(values))
    often = counts.filter(pc.greater_equal(counts.field("counts"), fewest)).to_pylist()
    ranked = sorted((-row["counts"], row["values"]) for row in often)
    return Vocabulary(tuple(value for _, value in ranked[:MOST_VALUES]))


def encode_categories(vocabulary: Vocabulary, values: pa.ChunkedArray) -> Int[np.ndarray, " row"]:
    """Encode values into codes.

    >>> encode_categories(Vocabulary(("salt",)), pa.chunked_array([["salt", "pepper", None]]))
    array([2, 1, 0])
    """
    parts = [np.empty(0, np.int64)]
    for chunk in values.chunks:
        texts = chunk.dictionary_encode(null_encoding="encode")
        codes = [vocabulary.codes.get(text, UNSEEN) for text in texts.dictionary.to_pylist()]
        parts.append(np.array(codes, np.int64)[texts.indices.to_numpy()])
    return np.concatenate(parts)
