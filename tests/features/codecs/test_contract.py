"""What every codec promises: it comes back from JSON, and an update moves nothing that was encoded before."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.features.codecs import (
    FIRST,
    UNSEEN,
    AbstractCodec,
    Buckets,
    NumberCodec,
    NumberCodecs,
    Vocabulary,
    fit_number,
    fit_vocabulary,
)

words = st.lists(st.sampled_from([None, "", "tea", "salt", "gold", "日本"]), max_size=60)
BRIEF = settings(max_examples=60, deadline=None)


def column(values: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([values], pa.string())


def vocabulary(*values: str | None) -> Vocabulary:
    return Vocabulary(pa.array(values, pa.string()))


NUMBER = fit_number(np.random.default_rng(0).lognormal(2, 1, 400))


@pytest.mark.parametrize("codec", [vocabulary("salt", "", None), Buckets(7), NUMBER], ids=type)
def test_it_comes_back_from_json(codec: AbstractCodec):
    tree = json.loads(json.dumps(codec.to_dict()))
    assert type(codec).from_dict(tree) == codec


@BRIEF
@given(words, words, st.integers(1, 4))
def test_known_values_keep_their_codes_and_frequent_new_ones_come_behind(before, after, fewest):
    fitted = fit_vocabulary(column(before), fewest=fewest)
    updated = fitted.update(column(after), fewest=fewest)
    known, values = fitted.values.to_pylist(), updated.values.to_pylist()
    assert values[: len(known)] == known
    new = values[len(known) :]
    counts = {word: after.count(word) for word in after if word is not None}
    assert set(new) == {w for w, n in counts.items() if n >= fewest and w not in known}
    assert sorted(new, key=lambda word: (-counts[word], word)) == new
    old, both = fitted.encode(column(before)), updated.encode(column(before))
    was_known = old != UNSEEN
    np.testing.assert_array_equal(both[was_known], old[was_known])
    assert (both[~was_known & (both != UNSEEN)] >= FIRST + len(known)).all()


def test_an_update_stops_where_the_vocabulary_is_full():
    full = vocabulary("salt", "tea")
    more = column(["gold"] * 12 + ["milk"] * 30)
    assert full.update(more, most=3) == vocabulary("salt", "tea", "milk")
    assert full.update(more, most=2) == full
    assert full.update(more, most=1) == full


def test_buckets_take_new_values_without_an_update():
    buckets = Buckets(5)
    assert buckets.update(column(["new"] * 50)) == buckets
    assert buckets.encode(column(["new"]))[0] >= FIRST


def test_ranks_stay_whatever_numbers_come_later():
    assert isinstance(NUMBER, NumberCodec)
    updated = NUMBER.update(pa.chunked_array([np.arange(1000.0)]))
    assert updated == NUMBER
    table = pa.table({"x": np.arange(20.0)})
    one, other = (next(NumberCodecs({"x": codec}).encode(table)[1]) for codec in (NUMBER, updated))
    np.testing.assert_array_equal(one.rank, other.rank)
    np.testing.assert_array_equal(one.scaled, other.scaled)
