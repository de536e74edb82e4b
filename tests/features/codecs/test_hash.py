import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.features.codecs.hash import hash_text, mix_bits


def fnv1a(text: str) -> int:
    code = 0xCBF29CE484222325
    for byte in text.encode():
        code = (code ^ byte) * 0x100000001B3 % 2**64
    return code


def fmix64(code: int) -> int:
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        code = (code ^ code >> 33) * factor % 2**64
    return code ^ code >> 33


texts = st.lists(st.one_of(st.none(), st.text(max_size=40)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_it_is_fnv1a_byte_by_byte_whatever_the_chunks(one, other):
    column = pa.chunked_array([one, other], pa.string())
    expected = [fnv1a(text or "") for text in [*one, *other]]
    assert hash_text(column).tolist() == expected
    sliced = pa.array([*other, *one], pa.string()).slice(len(other))
    assert hash_text(sliced).tolist() == expected[: len(one)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1)))
def test_mixing_is_that_of_murmur3(codes):
    assert mix_bits(np.array(codes, np.uint64)).tolist() == [fmix64(code) for code in codes]


def test_large_whole_numbers_that_a_float_would_confuse_differ():
    ids = pa.array([2**53, 2**53 + 1, 2**63 - 1, 2**63 - 2, -(2**63)]).cast(pa.string())
    assert len(set(hash_text(ids).tolist())) == 5
