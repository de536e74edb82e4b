"""Texts as bags of hashed n-grams, without a splitter or a vocabulary of any language.

Source: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009; Bojanowski et al.,
"Enriching Word Vectors with Subword Information", TACL 2017, section 3.2, for pieces of words with their edges; Karp
and Rabin, "Efficient randomized pattern-matching algorithms", 1987, for the hashes of all pieces at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float32, Int32, Int64, UInt64

from banian.features.codecs.characters import END, LETTER, LONE, classify, fold_texts
from banian.features.codecs.hash import mix_bits

MOST_CHARACTERS = 10_000
"""Of each text so many characters are read."""
LONGEST_PIECE = 5
"""Characters of the longest piece of a word, an edge counted as one."""

_AT_ONCE = 1_000_000  # characters
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse among 64-bit numbers
_INVERSE = np.uint64(pow(_BASE, -1, 2**64))
# What a hash is multiplied by before that of the next word is added.
_NEXT = np.uint64(0xD6E8FEB86659FD93)
# Added to a hash, so that "ab" as a word, as a piece of one, and as one at an edge differ.
_WORD, _SHAPE, _PIECE, _FIRST_EDGE, _LAST_EDGE = (np.uint64(n << 56) for n in (1, 2, 3, 4, 8))
_ZERO, _NINE = ord("0"), ord("9")


@final
@dataclass(frozen=True, eq=False)
class Ngrams:
    """Bags of n-grams, one behind the other.

    Args:
        starts: where the n-grams of each text start; behind them, where those of the last one end.
        buckets: which n-gram it is; of a text in ascending order, each once.
        weights: how often it is there, or how much it says in its text.

    """

    starts: Int64[np.ndarray, " _"]
    buckets: Int32[np.ndarray, " token"]
    weights: Float32[np.ndarray, " token"]


def hash_ngrams(texts: pa.Array, *, buckets: int) -> Ngrams:
    """Count the n-grams of each text, hashed into so many buckets.

    N-grams are: words and pairs of successive words; pieces of 2 to 5 characters of a word, of which its edges count
    as one each (^a is the piece of two that a word begins with), whole words left out; for a word with digits what it
    is when each digit is 0; and threes of lone characters that follow each other directly. A character of Chinese,
    Japanese, Korean, Thai, Lao, Burmese or Khmer is such a lone one, which is a word, and so are symbols, ! and ?; all
    else that is no letter or digit stands between words. Case, accents, and variants of characters are folded.

    Of each text the first 10,000 characters are read; bytes that are not UTF-8 are read as U+FFFD, null as "".

    Args:
        texts: Text, best different ones.
        buckets: How many buckets there are, at most 2³¹.

    >>> bags = hash_ngrams(pa.array(["Tea", "", "tea tea!"]), buckets=2**20)
    >>> bags.starts.tolist(), bags.weights.max()
    ([0, 9, 9, 21], np.float32(2.0))

    """
    parts = [_count(group, buckets) for group in _group(texts)]
    counts = np.concatenate([np.empty(0, np.int64), *(part[0] for part in parts)])
    found = np.concatenate([np.empty(0, np.int32), *(part[1] for part in parts)])
    times = np.concatenate([np.empty(0, np.float32), *(part[2] for part in parts)])
    return Ngrams(np.concatenate([[0], np.cumsum(counts)]), found, times)


def _group(texts: pa.Array) -> Iterator[list[str]]:
    """Read texts, so many at a time that their arrays stay small."""
    group: list[str] = []
    size = 0
    for content in texts.cast(pa.large_binary()).to_pylist():
        # No character has more than four bytes.
        text = (content or b"")[: 4 * MOST_CHARACTERS].decode("utf-8", "replace")
        group.append(text[:MOST_CHARACTERS])
        size += len(group[-1])
        if size > _AT_ONCE:
            yield group
            group, size = [], 0
    if group:
        yield group


def _count(
    texts: list[str], buckets: int
) -> tuple[Int64[np.ndarray, " value"], Int32[np.ndarray, " token"], Float32[np.ndarray, " token"]]:
    """Count the n-grams of some texts: how many different ones each has, which, and how often."""
    points, kinds = classify(fold_texts(texts))
    text = np.cumsum(points == ord(END))
    spans = _Hashes(points)
    digits = (points >= _ZERO) & (points <= _NINE)
    # A word begins where its first letter stands, or where a lone character stands.
    is_letter, is_lone = kinds == LETTER, kinds == LONE
    is_first = is_letter & ~np.concatenate([[False], is_letter[:-1]])
    is_last = is_letter & ~np.concatenate([is_letter[1:], [False]])
    first = np.flatnonzero(is_first | is_lone)
    stop = np.flatnonzero(is_last | is_lone) + 1
    owner = text[first]
    words = spans.between(first, stop)
    found = [(owner, words + _WORD)]
    pairs = owner[:-1] == owner[1:]
    found.append((owner[:-1][pairs], (words[:-1] * _NEXT + words[1:] + _WORD)[pairs]))
    alone = is_lone[first]
    threes = (np.diff(first)[:-1] == 1) & (np.diff(first)[1:] == 1)
    threes &= alone[:-2] & alone[1:-1] & alone[2:]
    three = ((words[:-2] * _NEXT + words[1:-1]) * _NEXT + words[2:] + _WORD)[threes]
    found.append((owner[:-2][threes], three))
    if digits.any():
        shaped = _Hashes(np.where(digits, np.uint32(_ZERO), points))
        before = np.concatenate([[0], np.cumsum(digits)])
        has_digit = before[stop] > before[first]
        shapes = shaped.between(first[has_digit], stop[has_digit]) + _SHAPE
        found.append((owner[has_digit], shapes))
    found += _pieces(spans, text, is_letter, is_first, is_last)
    codes = mix_bits(np.concatenate([codes for _, codes in found])) % np.uint64(buckets)
    keys = np.concatenate([owners for owners, _ in found]) * buckets + codes.astype(np.int64)
    keys.sort()
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    times = np.diff(np.concatenate([starts, [len(keys)]])).astype(np.float32)
    of, bucket = np.divmod(keys[starts], buckets)
    return np.bincount(of, minlength=len(texts)), bucket.astype(np.int32), times


def _pieces(
    spans: "_Hashes",
    text: Int64[np.ndarray, " character"],
    is_letter: Bool[np.ndarray, " character"],
    is_first: Bool[np.ndarray, " character"],
    is_last: Bool[np.ndarray, " character"],
) -> Iterator[tuple[Int64[np.ndarray, " piece"], UInt64[np.ndarray, " piece"]]]:
    """Give text and hash of the pieces of words: as many letters as fit, with and without the edge they stand at."""
    begins = np.flatnonzero(is_letter)
    for letters in range(1, LONGEST_PIECE + 1):
        codes = spans.between(begins, begins + letters) + _PIECE
        owner, starts = text[begins], is_first[begins]
        ends = is_last[begins + (letters - 1)]
        if letters > 1:
            is_inner = ~(starts & ends)
            yield owner[is_inner], codes[is_inner]
        if letters < LONGEST_PIECE:
            yield owner[starts], codes[starts] + _FIRST_EDGE
            yield owner[ends], codes[ends] + _LAST_EDGE
        begins = begins[~ends]


class _Hashes:
    """Hashes of all stretches of characters: c₀ + c₁·b + c₂·b² …, of mixed code points, modulo 2⁶⁴."""

    def __init__(self, points: np.ndarray) -> None:
        powers = np.full(len(points) + 1, _BASE, np.uint64)
        inverses = np.full(len(points) + 1, _INVERSE)
        powers[0] = inverses[0] = 1
        self._inverses = np.cumprod(inverses)
        mixed = mix_bits(points.astype(np.uint64) + np.uint64(1))
        sums = np.cumsum(mixed * np.cumprod(powers)[:-1], dtype=np.uint64)
        self._sums = np.concatenate([np.zeros(1, np.uint64), sums])

    def between(
        self, first: Int64[np.ndarray, " span"], stop: Int64[np.ndarray, " span"]
    ) -> UInt64[np.ndarray, " span"]:
        """Hash the characters from each place to before another."""
        return (self._sums[stop] - self._sums[first]) * self._inverses[first]
