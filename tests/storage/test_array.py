"""Arrays are written as NumPy writes them, and a full disk is told in the system's words."""

import errno
import io
from pathlib import Path

import numpy as np
import pytest

from banian.storage import save_array

PAIRS = np.zeros(3, [("hash", np.uint64), ("start", np.int64)])


@pytest.mark.parametrize(
    "array", [np.arange(12).reshape(4, 3), np.zeros((0, 3)), np.zeros((3, 0)), PAIRS, PAIRS[:0]]
)
def test_a_file_has_the_bytes_that_numpy_writes(tmp_path: Path, array: np.ndarray):
    expected = io.BytesIO()
    np.save(expected, array)
    save_array(array, tmp_path / "a.npy")
    assert (tmp_path / "a.npy").read_bytes() == expected.getvalue()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("size", [1, 1_000_000])
def test_a_full_disk_is_told_in_the_words_of_the_system(size: int):
    with pytest.raises(OSError, match="No space left on device") as fault:
        save_array(np.zeros(size), Path("/dev/full"))
    assert fault.value.errno == errno.ENOSPC
