import json
import math
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.features.codecs import Ngrams, TextCodec, fit_text, hash_ngrams

BUCKETS = 2**12
texts = st.lists(
    st.one_of(st.none(), st.text(st.sampled_from("ab 1日本é!"), max_size=8)), max_size=12
)
BRIEF = settings(max_examples=50, deadline=None)


def column(values: list[str | None]) -> pa.ChunkedArray:
    half = len(values) // 2
    return pa.chunked_array([values[:half], values[half:]], pa.string())


def bags(found: Ngrams) -> list[dict[int, float]]:
    spans = zip(found.starts[:-1], found.starts[1:], strict=True)
    return [dict(zip(found.buckets[a:b], found.weights[a:b], strict=True)) for a, b in spans]


def count(values: list[str | None]) -> list[dict[int, float]]:
    """Count the buckets of each different text."""
    different = sorted({value for value in values if value is not None})
    return bags(hash_ngrams(pa.array(different, pa.string()), buckets=BUCKETS))


def frequencies(values: list[str | None]) -> Counter[int]:
    return Counter(bucket for bag in count(values) for bucket in bag)


@BRIEF
@given(texts, st.integers(0, 3), st.integers(0, 30))
def test_it_keeps_the_ngrams_of_the_most_texts(values, fewest, most):
    fitted = fit_text(column(values), buckets=BUCKETS, fewest=fewest, most=most)
    often = [(n, bucket) for bucket, n in frequencies(values).items() if n >= fewest]
    kept = sorted(often, key=lambda one: (-one[0], one[1]))[:most]
    if not kept:
        assert fitted is None
    else:
        assert fitted is not None
        assert fitted.known.tolist() == sorted(bucket for _, bucket in kept)
        assert dict(zip(fitted.known, fitted.counts, strict=True)) == {b: n for n, b in kept}
        assert fitted.size == len(kept)
        assert fitted.texts == len(count(values))


@BRIEF
@given(texts, texts, st.integers(1, 2))
def test_weights_are_those_of_the_textbook(values, others, fewest):
    fitted = fit_text(column(values), buckets=BUCKETS, fewest=fewest)
    if fitted is None:
        return
    distinct = sorted({text for text in others if text is not None})
    found = fitted.encode(pa.array(distinct, pa.string()))
    for bag, counts in zip(bags(found), count(others), strict=True):
        raw = {
            number: (1 + math.log(counts[bucket]))
            * (1 + math.log((1 + fitted.texts) / (1 + fitted.counts[number])))
            for number, bucket in enumerate(fitted.known.tolist())
            if bucket in counts
        }
        length = math.sqrt(sum(weight**2 for weight in raw.values()))
        assert list(bag) == list(raw)
        np.testing.assert_allclose(
            list(bag.values()), [weight / length for weight in raw.values()], rtol=1e-6
        )


@BRIEF
@given(texts, texts)
def test_neighbours_do_not_change_a_bit(values, others):
    fitted = fit_text(column([*values, "ab ab", "ab 1"]), buckets=BUCKETS)
    assert fitted is not None
    known = [text or "" for text in values]
    alone = bags(fitted.encode(pa.array(known, pa.string())))
    crowd = [text or "" for text in others]
    beside = bags(fitted.encode(pa.array([*crowd, *known, *crowd], pa.string())))
    assert beside[len(crowd) :][: len(known)] == alone


@BRIEF
@given(texts, texts)
def test_an_update_counts_later_texts_and_moves_no_number(values, later):
    fitted = fit_text(column(values), buckets=BUCKETS, fewest=1)
    if fitted is None:
        return
    updated = fitted.update(column(later))
    assert updated.known is fitted.known
    assert updated.texts == fitted.texts + len(count(later))
    more = frequencies(later)
    expected = [n + more[b] for b, n in zip(fitted.known.tolist(), fitted.counts, strict=True)]
    assert updated.counts.tolist() == expected


@pytest.mark.parametrize("values", [[], [None, None], ["", " "], ["one", "twos"], ["same"] * 9])
def test_nothing_is_known_where_no_two_texts_share_anything(values):
    assert fit_text(column(values), fewest=3) is None


def test_many_rows_of_one_text_count_once():
    rows = column(["tea cup", "tea pot"] * 40 + ["gin"])
    assert fit_text(rows) == fit_text(column(["gin", "tea pot", "tea cup"]))


def test_a_column_of_nulls_is_no_text():
    assert fit_text(pa.chunked_array([pa.nulls(4)])) is None


@BRIEF
@given(texts)
def test_it_comes_back_from_json_and_from_its_parts(values):
    fitted = fit_text(column(values), buckets=BUCKETS, fewest=1)
    if fitted is not None:
        tree = json.loads(json.dumps(fitted.to_dict()))
        back = TextCodec.from_dict(tree)
        assert back == fitted
        assert hash(back) == hash(fitted)
        parts = TextCodec.from_parts(fitted.ngrams, buckets=fitted.buckets, texts=fitted.texts)
        assert parts == fitted
        assert fitted != fitted.update(column(["new"]))
        assert fitted != 3
