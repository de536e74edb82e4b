from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.features.codecs import FIRST, Vocabulary, value_index
from banian.features.codecs.value_index import MOST_IN_DICTIONARY, Dictionary, SortedHashes

texts = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["", "tea", "Tea", "茶", "a\0b"]))
BRIEF = settings(max_examples=80, deadline=None)


def lengths_only(values: pa.Array) -> np.ndarray:
    """A hash by which most texts collide."""
    return np.array([len(value or "") % 3 for value in values.to_pylist()], np.uint32)


@pytest.mark.parametrize("collide", [False, True])
@pytest.mark.parametrize("make", [Dictionary, SortedHashes])
@BRIEF
@given(
    st.lists(texts, max_size=20, unique=True),
    st.lists(texts, max_size=40),
)
def test_codes_are_places_whatever_the_texts_and_their_hashes(make, collide, values, sought):
    oracle = {value: code for code, value in enumerate(values, FIRST)} | {None: 0}
    known = pa.array(["", *values, None], pa.large_string()).slice(1)
    with mock.patch.object(value_index, "_hash", lengths_only if collide else value_index._hash):
        found = make(known).find(pa.array(["x", *sought], pa.string()).slice(1))
    assert found.tolist() == [oracle.get(text, 1) for text in sought]


def test_a_long_vocabulary_is_encoded_by_hashes_as_by_a_dictionary():
    texts = [f"customer {number}" for number in range(MOST_IN_DICTIONARY + 1)]
    long = Vocabulary(pa.array(texts))
    assert isinstance(long._index, SortedHashes)
    assert isinstance(Vocabulary(long.values.slice(1))._index, Dictionary)
    sought = [*texts[::97], None, "", "customer", *texts[-3:]]
    column = pa.chunked_array([sought, sought[:5], []], pa.string())
    expected = Dictionary(long.values).find(pa.array(sought + sought[:5]))
    np.testing.assert_array_equal(long.encode(column), expected)
