"""Texts in batches: each different one once, missing where there is none, the same whatever rows stand beside it."""

import io
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather

from banian.batches import Batch, TextPart, encode_entity
from banian.batches.ngrams import NgramPool
from banian.batches.state import EntityState, FeatureState
from banian.batches.store import map_rows, write_rows
from banian.features import EntityFeatures
from banian.features.codecs import Vocabulary, fit_text

WORDS = ["red summer dress", "a blue dress", "赤いドレス", "", "red shoe", "a blue shoe"]
NAMES = st.lists(st.sampled_from([*WORDS, None]), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def state() -> FeatureState:
    codec = fit_text(pa.chunked_array([WORDS]))
    return FeatureState(
        {"products": EntityState({}, {}, texts={"title": codec})}, Vocabulary(pa.array([]))
    )


def told(texts, present=None) -> EntityFeatures:
    there = np.ones(len(texts), bool) if present is None else np.array(present)
    columns = pa.table({"title": pa.array(texts, pa.string())})
    return EntityFeatures(there, columns, contents={"title": "text"})


@pytest.fixture
def make_batch_of():
    def make(block):
        rows = len(block.present)
        nothing = torch.zeros(rows, 0)
        return Batch(
            "rows",
            (),
            {"products": block},
            torch.zeros(rows).long(),
            nothing,
            nothing,
            nothing.bool(),
        )

    return make


def bags(part: TextPart) -> list[dict[int, float] | None]:
    """Give the n-grams of each row, as one would read them row by row."""
    (pool,) = part.fields
    found = []
    for value in part.values[:, 0].tolist():
        if not value:
            found.append(None)
            continue
        stretch = slice(int(pool.starts[value - 1]), int(pool.starts[value]))
        found.append(
            dict(zip(pool.buckets[stretch].tolist(), pool.weights[stretch].tolist(), strict=True))
        )
    return found


def encode(state, features) -> TextPart:
    return encode_entity(state, "rows", "products", features).part(TextPart)


def test_each_different_text_is_encoded_once_and_nothing_is_missing(state):
    part = encode(state, told(["red shoe", None, "red shoe", "", "a blue shoe"]))
    assert len(part.fields[0]) == 3
    assert part.values[:, 0].tolist() == [1, 0, 1, 2, 3]
    assert bags(part)[3] == {}


def test_of_an_absent_entity_no_text_is_read(state):
    part = encode(state, told(["red shoe", "a blue shoe"], present=[False, True]))
    assert part.values[:, 0].tolist() == [0, 1]
    assert len(part.fields[0]) == 1


@given(texts=NAMES, seed=st.integers(0, 2**31))
def test_rows_may_stand_in_any_order_and_be_told_alike(state, texts, seed):
    order = np.random.default_rng(seed).permutation(len(texts))
    whole, moved = encode(state, told(texts)), encode(state, told(texts).take(order))
    assert bags(moved) == [bags(whole)[at] for at in order]
    alike = replace(told(texts), told=order.astype(np.int64))
    assert bags(encode(state, alike)) == [bags(whole)[at] for at in order]
    assert bags(whole.map(lambda tensor: tensor[torch.from_numpy(order)])) == bags(moved)


@given(first=NAMES, second=NAMES)
def test_parts_of_different_rows_are_put_below_each_other(state, first, second):
    one, other = encode(state, told(first)), encode(state, told(second))
    joined = TextPart.join([one, other])
    assert bags(joined) == bags(one) + bags(other)
    halves = [one.map(lambda tensor: tensor[:1]), one.map(lambda tensor: tensor[1:])]
    again = TextPart.join(halves)
    assert bags(again) == bags(one)
    assert again.fields is one.fields  # rows of one pool share it still


@given(texts=NAMES, chosen=st.lists(st.integers(0, 3), max_size=8))
def test_some_texts_of_a_pool_are_gathered_as_they_are(state, texts, chosen):
    (pool,) = encode(state, told([*texts, *WORDS])).fields
    index = torch.tensor([at % len(pool) for at in chosen], dtype=torch.int64)
    some = TextPart(torch.arange(1, len(index) + 1)[:, None], (pool.choose(index),))
    every = TextPart(index[:, None] + 1, (pool,))
    assert bags(some) == bags(every)


def test_what_was_fitted_is_read_back(state):
    file = io.BytesIO()
    feather.write_feather(state.vocabularies(), file)
    table = feather.read_table(io.BytesIO(file.getvalue()))
    assert FeatureState.from_parts(state.to_dict(), table) == state
    assert state.fields["products"].texts == {
        "title": state.entities["products"].texts["title"].size
    }


def test_written_rows_are_mapped_back(state, tmp_path, make_batch_of):
    batch = make_batch_of(encode_entity(state, "rows", "products", told(["red shoe", None, ""])))
    write_rows({"rows": batch}, tmp_path)
    found = map_rows(tmp_path)["rows"].blocks["products"].part(TextPart)
    assert bags(found) == bags(batch.blocks["products"].part(TextPart))


def test_a_pool_without_texts_is_one(state):
    part = encode(state, told([None, None]))
    assert isinstance(part.fields[0], NgramPool)
    assert (len(part.fields[0]), part.values.tolist()) == (0, [[0], [0]])
