from collections import Counter
from functools import cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from banian.features.codecs import Ngrams, hash_ngrams
from banian.features.codecs import ngrams as module
from banian.features.codecs.characters import LETTER, LONE, classify, fold_texts

BUCKETS = 2**20
letters = st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("ab 12日本é👍!\n\0"))
texts = st.lists(st.one_of(st.none(), st.text(letters, max_size=25)), max_size=8)
BRIEF = settings(max_examples=50, deadline=None)


def fmix64(code: int) -> int:
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        code = (code ^ code >> 33) * factor % 2**64
    return code ^ code >> 33


@cache
def polynomial(text: str) -> int:
    return sum(fmix64(ord(c) + 1) * 0x9E3779B97F4A7C15**i for i, c in enumerate(text))


def split(text: str) -> list[tuple[int, str]]:
    """Give each word and its place."""
    words: list[tuple[int, str]] = []
    before = None
    points, kinds = classify(fold_texts([text]))
    for at, (point, kind) in enumerate(zip(points.tolist(), kinds.tolist(), strict=True)):
        if kind == LETTER and before == LETTER:
            words[-1] = (words[-1][0], words[-1][1] + chr(point))
        elif kind in (LETTER, LONE):
            words.append((at, chr(point)))
        before = kind
    return words


@cache
def is_lone(word: str) -> bool:
    return classify(word)[1].tolist() == [LONE]


def slice_ngrams(text: str) -> list[tuple[int, int]]:
    """List kind and polynomial of each n-gram, one after the other."""
    words, step = split(text), 0xD6E8FEB86659FD93
    found = [(1, polynomial(word)) for _, word in words]
    for (_, one), (_, other) in pairwise(words):
        found.append((1, polynomial(one) * step + polynomial(other)))
    for (at, a), (_, b), (end, c) in zip(words, words[1:], words[2:], strict=False):
        if end - at == 2 and is_lone(a) and is_lone(b) and is_lone(c):
            found.append((1, (polynomial(a) * step + polynomial(b)) * step + polynomial(c)))
    for _, word in words:
        if any(c in "0123456789" for c in word):
            found.append((2, polynomial("".join("0" if c in "0123456789" else c for c in word))))
        if is_lone(word):
            continue
        edged = f"\uffff{word}\ufffe"
        for size in range(2, 6):
            for at in range(len(edged) - size + 1):
                piece = edged[at : at + size]
                if piece.strip("\uffff\ufffe") == word and piece in (word, edged):
                    continue
                kind = 3 + 4 * (at == 0) + 8 * (at + size == len(edged))
                found.append((kind, polynomial(piece.strip("\uffff\ufffe"))))
    return found


def count_slowly(text: str | None) -> dict[int, int]:
    return Counter(
        fmix64((code + (kind << 56)) % 2**64) % BUCKETS for kind, code in slice_ngrams(text or "")
    )


def bags(found: Ngrams) -> list[dict[int, float]]:
    cuts = found.starts[1:-1]
    parts = zip(np.split(found.buckets, cuts), np.split(found.weights, cuts), strict=True)
    return [dict(zip(b.tolist(), w.tolist(), strict=True)) for b, w in parts]


@BRIEF
@given(texts)
@example(["a", "ab", "日本語、日本", "won't 17 x2y", "!!!", "👍👍👍 ok"])
def test_it_counts_what_slicing_finds(many):
    found = hash_ngrams(pa.array(many, pa.string()), buckets=BUCKETS)
    assert len(found.starts) == len(many) + 1
    if many:
        assert bags(found) == [count_slowly(text) for text in many]
        assert all(list(bag) == sorted(bag) for bag in bags(found))


@BRIEF
@given(texts, st.integers(1, 30))
def test_neighbours_do_not_matter_nor_how_many_are_read_at_once(many, at_once):
    together = hash_ngrams(pa.array(many, pa.string()), buckets=BUCKETS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_AT_ONCE", at_once)
        apart = hash_ngrams(pa.array(["x", *many], pa.string()).slice(1), buckets=BUCKETS)
    for name in ("starts", "buckets", "weights"):
        np.testing.assert_array_equal(getattr(together, name), getattr(apart, name))


@pytest.mark.parametrize("text", ["", None, " ", "\0", "...", "\u200d\ufe0f"])
def test_a_text_without_words_has_no_ngrams(text):
    assert hash_ngrams(pa.array([text], pa.string()), buckets=BUCKETS).starts.tolist() == [0, 0]


def test_no_texts_are_no_bags():
    assert hash_ngrams(pa.array([], pa.string()), buckets=BUCKETS).starts.tolist() == [0]


def test_so_many_characters_are_read_and_no_more():
    long = "ab " * 40_000
    whole, cut = (
        hash_ngrams(pa.array([text]), buckets=BUCKETS)
        for text in (long, long[: module.MOST_CHARACTERS])
    )
    assert bags(whole) == bags(cut) == [count_slowly(long[: module.MOST_CHARACTERS])]
    wide = "好" * module.MOST_CHARACTERS
    assert bags(hash_ngrams(pa.array([wide + "坏"]), buckets=BUCKETS)) == [count_slowly(wide)]


def test_bytes_that_are_not_utf8_are_read():
    broken = pa.array([b"ok \xed\xa0\x80 \xff go", b"\xc3"]).view(pa.string())
    expected = [count_slowly("ok ��� � go"), count_slowly("�")]
    assert bags(hash_ngrams(broken, buckets=BUCKETS)) == expected


def test_hashes_stay_the_same_on_every_machine():
    assert hash_ngrams(pa.array(["日本"]), buckets=BUCKETS).buckets.tolist() == [
        236623,
        267771,
        766124,
    ]


def test_numbers_of_one_shape_are_alike_and_not_the_same():
    one, other, far = bags(hash_ngrams(pa.array(["17", "18", "173"]), buckets=BUCKETS))
    assert one != other
    assert len(one.keys() & other.keys()) > len((one.keys() & far.keys()) - other.keys())
    assert one.keys() & other.keys()


def test_collisions_are_those_of_a_perfect_hash():
    """Of n different n-grams in b buckets, b (1 − 1/b)ⁿ buckets stay empty."""
    rng = np.random.default_rng(0)
    words = pa.array(["".join(word) for word in rng.choice(list("abcdefghij"), (3000, 6))])
    ideographs = pa.array([chr(point) for point in range(0x4E00, 0x4E00 + 3000)])
    numbers = pa.array([str(number) for number in range(3000)])
    for many in (words, ideographs, numbers):
        # Among two thousand million buckets hardly any two meet.
        different = len(np.unique(hash_ngrams(many, buckets=2**31).buckets))
        for buckets in (2**12, 2**14, 10_007):
            filled = len(np.unique(hash_ngrams(many, buckets=buckets).buckets))
            empty = (1 - 1 / buckets) ** different
            spread = np.sqrt(buckets * empty * (1 - empty)) + 1
            assert abs(filled - buckets * (1 - empty)) < 4 * spread


def test_different_ngrams_hardly_ever_meet_among_many_buckets():
    words = [f"{a}{b}{c}" for a in "abcdefgh" for b in "стуф" for c in "01日"]
    different = {(k, code % 2**64) for word in words for k, code in slice_ngrams(word)}
    found = hash_ngrams(pa.array(words), buckets=2**31)
    assert len(np.unique(found.buckets)) == len(different)
