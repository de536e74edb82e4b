import gc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banian.errors import RunError
from banian.features import feature_values
from banian.features.feature_values import hold_values


@st.composite
def puts(draw):
    """Draw features, asks, and what is put of them, chunk by chunk."""
    features, asks = draw(st.integers(1, 6)), draw(st.integers(1, 12))
    generator = np.random.default_rng(draw(st.integers(0, 99)))
    pieces = []
    for ask in np.array_split(generator.permutation(asks), draw(st.integers(1, 4))):
        for few in np.array_split(generator.permutation(features), draw(st.integers(1, 3))):
            values = generator.normal(size=(len(few), len(ask)))
            values[generator.random(values.shape) < 0.3] = np.nan
            if draw(st.booleans()):
                pieces.append((few, ask, values))
    return features, asks, pieces


def fill(features, asks, pieces):
    held = hold_values(features, asks)
    for few, ask, values in pieces:
        held.put(few, ask, values)
    places, values = held.whole()
    return dict(zip(places, values, strict=True))


@given(puts())
def test_values_on_disk_are_those_in_memory_and_those_that_were_put(drawn):
    features, asks, pieces = drawn
    want = np.full((features, asks), np.nan)
    for few, ask, values in pieces:
        want[np.ix_(few, ask)] = values
    with pytest.MonkeyPatch.context() as patch:
        in_memory = fill(features, asks, pieces)
        patch.setattr(feature_values, "MOST_BYTES", 0)
        on_disk = fill(features, asks, pieces)
    assert list(in_memory) == list(on_disk) == sorted({int(f) for few, *_ in pieces for f in few})
    for place, column in in_memory.items():
        np.testing.assert_array_equal(column, on_disk[place])
        np.testing.assert_array_equal(column, want[place])


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_no_file_is_left_when_the_last_column_is_gone(monkeypatch):
    monkeypatch.setattr(feature_values, "MOST_BYTES", 0)
    before = mapped()
    columns = fill(2, 3, [(np.arange(2), np.arange(3), np.ones((2, 3)))])
    assert mapped() == before + 1
    assert columns[1].tolist() == [1.0, 1.0, 1.0]
    del columns
    gc.collect()
    assert mapped() == before


def test_a_full_disk_is_told(monkeypatch):
    monkeypatch.setattr(feature_values, "MOST_BYTES", 0)
    held = hold_values(1, 1 << 16)
    held._file.close()
    with (
        open("/dev/full", "wb", buffering=0) as held._file,
        pytest.raises(RunError, match=r"(?s)Cannot keep rows in .*No space left.*TMPDIR"),
    ):
        held.put(np.arange(1), np.arange(1 << 16), np.ones((1, 1 << 16)))


def mapped():
    """Count the files in memory that have no name any more."""
    return Path("/proc/self/maps").read_text().count("(deleted)")
