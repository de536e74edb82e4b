"""How a column of texts is encoded: the n-grams that training rows share, weighed by how much they tell.

Source: Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int32, Int64
from typing_extensions import override

from banian.features.codecs.base import AbstractCodec
from banian.features.codecs.ngrams import Ngrams, hash_ngrams

BUCKETS = 2**20
"""Into how many buckets n-grams are hashed: many more than are kept, so that few of those share one."""
FEWEST_TEXTS = 2
"""An n-gram of fewer different texts is left out: its vector would stand for one text."""
MOST_NGRAMS = 2**17
"""So many n-grams are kept at most: each has a vector."""


@final
@dataclass(frozen=True, eq=False)
class TextCodec(AbstractCodec):
    """The n-grams of a column of texts, each with a number from 0 to below `size`.

    They are numbered without gaps, so that a table of vectors has a row for each that training knew, and none for
    others: those are dropped, as a vector that nothing was learned for is noise.

    Args:
        buckets: into how many buckets n-grams are hashed.
        texts: how many different texts were counted.
        known: the buckets of the n-grams, in ascending order.
        counts: how many of the texts have each.

    """

    buckets: int
    texts: int
    known: Int64[np.ndarray, " ngram"]
    counts: Int64[np.ndarray, " ngram"]
    _numbers: Int32[np.ndarray, " bucket"] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        numbers = np.full(self.buckets, -1, np.int32)
        numbers[self.known] = np.arange(len(self.known), dtype=np.int32)
        object.__setattr__(self, "_numbers", numbers)

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TextCodec):
            return NotImplemented
        return (self.buckets, self.texts) == (other.buckets, other.texts) and (
            np.array_equal(self.known, other.known) and np.array_equal(self.counts, other.counts)
        )

    @override
    def __hash__(self) -> int:
        return hash((self.buckets, self.texts, len(self.known)))

    @property
    def size(self) -> int:
        """How many n-grams are known."""
        return len(self.known)

    def encode(self, distinct: pa.Array) -> Ngrams:
        """Find the known n-grams of texts: their numbers in ascending order, and weights of Euclidean length 1.

        An n-gram that is n times in a text, and that d of the t counted texts have, weighs
        (1 + log n) · (1 + log((1 + t) / (1 + d))), divided by the length. A text without any has no n-grams.

        >>> tea = fit_text(pa.chunked_array([["tea", "teas", "a tea", "gin"]]))
        >>> bags = tea.encode(pa.array(["teapot", "rum"]))
        >>> bags.starts.tolist(), round(float((bags.weights**2).sum()), 5)
        ([0, 5, 5], 1.0)

        """
        bags = hash_ngrams(distinct, buckets=self.buckets)
        numbers = self._numbers[bags.buckets]
        is_known = numbers >= 0
        found = numbers[is_known]
        starts = np.concatenate([[0], np.cumsum(is_known)])[bags.starts]
        rarity = 1 + np.log((1 + self.texts) / (1 + self.counts))
        weights = (1 + np.log(bags.weights[is_known].astype(np.float64))) * rarity[found]
        counts = np.diff(starts)
        filled = starts[:-1][counts > 0]
        # From the start of a text to that of the next with n-grams, which is its end.
        squares = np.add.reduceat(weights**2, filled) if len(filled) else np.empty(0)
        weights /= np.repeat(np.sqrt(squares), counts[counts > 0])
        return Ngrams(starts, found, weights.astype(np.float32))

    @override
    def update(self, values: pa.ChunkedArray) -> "TextCodec":
        """Count the different texts of later rows in.

        Known n-grams keep their numbers and no other becomes known; only how much each tells follows the texts.
        """
        bags = _hash_different(values, self.buckets)
        numbers = self._numbers[bags.buckets]
        more = np.bincount(numbers[numbers >= 0], minlength=self.size)
        return replace(self, texts=self.texts + len(bags.starts) - 1, counts=self.counts + more)

    @property
    def ngrams(self) -> pa.StructArray:
        """Give bucket and count of each n-gram, which `from_parts` reads: for whoever keeps them beside JSON."""
        return pa.StructArray.from_arrays(
            [pa.array(self.known, pa.int64()), pa.array(self.counts, pa.int64())],
            ["bucket", "count"],
        )

    @override
    def to_dict(self) -> dict[str, Any]:
        return {
            "buckets": self.buckets,
            "texts": self.texts,
            "known": self.known.tolist(),
            "counts": self.counts.tolist(),
        }

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "TextCodec":
        """Read what `to_dict` gave."""
        known, counts = (np.array(tree[name], np.int64) for name in ("known", "counts"))
        return cls(tree["buckets"], tree["texts"], known, counts)

    @classmethod
    def from_parts(cls, ngrams: pa.StructArray, *, buckets: int, texts: int) -> "TextCodec":
        """Put together what `ngrams` gave and the two numbers."""
        known, counts = (ngrams.field(name).to_numpy() for name in ("bucket", "count"))
        return cls(buckets, texts, known, counts)


def fit_text(
    values: pa.ChunkedArray,
    *,
    buckets: int = BUCKETS,
    fewest: int = FEWEST_TEXTS,
    most: int = MOST_NGRAMS,
) -> TextCodec | None:
    """Collect the n-grams that different texts of training rows share; None where they share none.

    Args:
        values: The texts of training rows; one that many rows have counts once.
        buckets: Into how many buckets n-grams are hashed.
        fewest: How many texts have an n-gram that is kept.
        most: How many n-grams are kept at most: those of the most texts, then those of the lowest buckets.

    """
    bags = _hash_different(values, buckets)
    counts = np.bincount(bags.buckets, minlength=buckets)
    often = np.flatnonzero(counts >= max(1, fewest))
    kept = np.sort(often[np.argsort(-counts[often], kind="stable")[:most]])
    return TextCodec(buckets, len(bags.starts) - 1, kept, counts[kept]) if len(kept) else None


def _hash_different(values: pa.ChunkedArray, buckets: int) -> Ngrams:
    texts = pc.drop_null(values).cast(pa.large_string()).unique()
    return hash_ngrams(texts, buckets=buckets)
