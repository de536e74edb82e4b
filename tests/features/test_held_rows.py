import gc
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from banian.errors import RunError
from banian.features import held_rows
from banian.features.held_rows import hold_rows


@given(
    sizes=st.lists(st.integers(0, 5), max_size=6),
    shape=st.sampled_from([(), (3,), (2, 2), (0,)]),
    dtype=st.sampled_from([np.int8, np.int16, np.float64]),
)
def test_rows_on_disk_are_those_that_memory_holds(sizes, shape, dtype):
    generator = np.random.default_rng(sum(sizes))
    parts = [generator.integers(-99, 99, (size, *shape)).astype(dtype) for size in sizes]
    found = []
    for most in (held_rows.MOST_BYTES, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(held_rows, "MOST_BYTES", most)
            held = hold_rows(sum(sizes), shape, dtype)
            for part in parts:
                held.append(part)
            found.append(held.whole())
    expected = np.concatenate([np.empty((0, *shape), dtype), *parts])
    for whole in found:
        assert whole.dtype == dtype
        np.testing.assert_array_equal(whole, expected)


def test_what_lies_on_disk_goes_with_the_last_array(monkeypatch):
    monkeypatch.setattr(held_rows, "MOST_BYTES", 0)
    before = mapped()
    held = hold_rows(4, (2,), np.int64)
    held.append(np.ones((4, 2), np.int64))
    row = held.whole()[1]
    assert mapped() == before + 1
    row[:] = 2  # a copy of the page, not the file
    del held, row
    gc.collect()
    assert mapped() == before


def test_a_full_disk_is_told(monkeypatch):
    monkeypatch.setattr(held_rows, "MOST_BYTES", 0)
    held = hold_rows(1, (1 << 16,), np.int64)
    held._file.close()
    with (
        open("/dev/full", "wb", buffering=0) as held._file,
        pytest.raises(RunError, match=r"(?s)Cannot keep rows in .*No space left.*TMPDIR"),
    ):
        held.append(np.ones((1, 1 << 16), np.int64))


def mapped() -> int:
    """Count the files in memory that have no name any more."""
    return Path("/proc/self/maps").read_text().count("(deleted)")
