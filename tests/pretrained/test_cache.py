"""What was encoded once is never encoded again, and is what it was, whatever happens to the process or the disk."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from counting import CountingEncoder, vector_of
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.errors import SpecError
from banian.pretrained import VectorCache
from banian.pretrained.base import content_hash

TEXTS = st.lists(st.text(st.sampled_from("abc é"), max_size=2), max_size=12)


def truth(texts, dim=8):
    return np.array([vector_of(text, dim) for text in texts], np.float32).reshape(-1, dim)


@settings(max_examples=8)
@given(st.lists(TEXTS, max_size=4), st.integers(1, 5))
def test_a_cache_gives_what_the_encoder_gives_and_asks_it_once_for_each_text(
    tmp_path_factory, calls, batch
):
    folder, seen = tmp_path_factory.mktemp("cache"), []
    for texts in calls:
        encoder = CountingEncoder(batch=batch)
        vectors = VectorCache(folder, encoder).encode(texts)
        assert vectors.shape == (len(texts), 8)
        assert (vectors == truth(texts)).all()
        seen += encoder.seen
    assert sorted(seen) == sorted({text for texts in calls for text in texts})


def test_vectors_are_the_same_bits_when_made_and_when_read(tmp_path):
    texts = [str(number) for number in range(50)]
    made = VectorCache(tmp_path, CountingEncoder()).encode(texts)
    assert (VectorCache(tmp_path, CountingEncoder()).encode(texts) == made).all()


def test_an_interrupted_call_goes_on_where_it_stopped(tmp_path):
    texts = [str(number) for number in range(20)]
    first = CountingEncoder(fail_at=4)
    with pytest.raises(KeyboardInterrupt):
        VectorCache(tmp_path, first).encode(texts)
    assert len(first.seen) == 12
    told = []
    second = CountingEncoder()
    VectorCache(tmp_path, second).encode(texts, lambda done, of: told.append((done, of)))
    assert sorted(first.seen + second.seen) == sorted(texts)
    assert told == [(12, 20), (16, 20), (20, 20)]


def test_two_caches_of_one_folder_learn_of_each_other(tmp_path):
    one, other = CountingEncoder(), CountingEncoder()
    first, second = VectorCache(tmp_path, one), VectorCache(tmp_path, other)
    first.encode(["a", "b"])
    second.encode(["b", "c"])
    first.encode(["c", "d"])
    assert (one.seen, other.seen) == (["a", "b", "d"], ["c"])


def test_encoders_with_other_fingerprints_do_not_meet(tmp_path):
    VectorCache(tmp_path, CountingEncoder(dim=8)).encode(["a"])
    assert VectorCache(tmp_path, CountingEncoder(dim=3)).encode(["a"]).shape == (1, 3)


@pytest.mark.parametrize("name", ["vectors", "keys"])
@settings(max_examples=8)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_bit_that_flips_costs_one_vector(tmp_path_factory, name, place, bit):
    folder = tmp_path_factory.mktemp("cache")
    texts = [str(number) for number in range(6)]
    made = VectorCache(folder, CountingEncoder()).encode(texts)
    file = folder / "counting8" / name
    data = bytearray(file.read_bytes())
    data[int(place * len(data))] ^= 1 << bit
    file.write_bytes(data)
    encoder, told = CountingEncoder(), []
    again = VectorCache(folder, encoder, announce=told.append)
    assert (again.encode(texts) == made).all()
    assert len(encoder.seen) == 1
    assert len(told) == 1 or name == "keys"  # a key that is none of ours is only not found
    more = CountingEncoder()
    assert (VectorCache(folder, more).encode(texts) == made).all()
    assert not more.seen


@pytest.mark.parametrize("name", ["vectors", "keys"])
@pytest.mark.parametrize("left", [0, 1, 50, 90])
def test_a_file_that_lost_its_end_costs_what_was_there(tmp_path, name, left):
    texts = [str(number) for number in range(6)]
    made = VectorCache(tmp_path, CountingEncoder()).encode(texts)
    os.truncate(tmp_path / "counting8" / name, left)
    encoder = CountingEncoder()
    assert (VectorCache(tmp_path, encoder).encode(texts) == made).all()
    record = {"vectors": 32, "keys": 20}[name]
    assert encoder.seen == texts[left // record :]
    assert (VectorCache(tmp_path, encoder).encode(texts) == made).all()
    assert encoder.seen == texts[left // record :]


@pytest.mark.parametrize("head", ["", "{", "[]", '{"form": 9}'])
def test_a_damaged_head_is_told_and_all_is_made_anew(tmp_path, head):
    open_one = VectorCache(tmp_path, CountingEncoder())
    made = open_one.encode(["a", "b"])
    (tmp_path / "counting8" / "head.json").write_text(head)
    told, encoder = [], CountingEncoder()
    assert (
        VectorCache(tmp_path, encoder, announce=told.append).encode(["b", "a"]) == made[::-1]
    ).all()
    assert encoder.seen == ["b", "a"]
    assert "made anew" in told[0]
    assert (open_one.encode(["a", "b"]) == made).all()  # which still knew the old places


def test_where_nothing_can_be_written_values_are_encoded_all_the_same(tmp_path):
    (tmp_path / "counting8").write_text("a file stands where the folder should")
    told, encoder = [], CountingEncoder()
    vectors = VectorCache(tmp_path, encoder, announce=told.append).encode([*"abcdefgh"])
    kept = VectorCache(tmp_path / "other", CountingEncoder()).encode([*"abcdefgh"])
    assert (vectors == kept).all()
    assert len(told) == 1
    assert sorted(encoder.seen) == [*"abcdefgh"]


def test_a_full_disk_costs_only_what_is_kept(tmp_path, monkeypatch):
    cache, encoder = None, CountingEncoder()
    told = []
    cache = VectorCache(tmp_path, encoder, announce=told.append)
    cache.encode([*"ab"])

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("banian.pretrained.vector_file._write_at", full)
        vectors = cache.encode([*"abcdefgh"])
    assert told == ["no cache of vectors: No space left on device"]
    assert sorted(encoder.seen) == [*"abcdefgh"]
    assert (cache.encode([*"abcdefgh"]) == vectors).all()


def test_vectors_that_are_no_numbers_are_refused(tmp_path):
    with pytest.raises(SpecError, match="no numbers"):
        VectorCache(tmp_path, CountingEncoder(scale=np.nan)).encode(["a"])


def test_nothing_is_asked_of_the_encoder_for_nothing(tmp_path):
    encoder = CountingEncoder()
    assert VectorCache(tmp_path, encoder).encode([]).shape == (0, 8)
    assert encoder.calls == 0


def test_images_of_other_shapes_and_types_are_other_contents():
    pixels = np.zeros((2, 6, 3), np.uint8)
    hashes = {content_hash(pixels), content_hash(pixels.reshape(6, 2, 3)), content_hash("\0" * 36)}
    assert len(hashes | {content_hash(pixels.copy())}) == 3


_SLOW = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from counting import CountingEncoder
from banian.pretrained import VectorCache

class Slow:
    def __init__(self):
        self._inner = CountingEncoder(batch=4)
    def __getattr__(self, name):
        return getattr(self._inner, name)
    def encode(self, values):
        time.sleep(0.01)
        with open(sys.argv[3], "a") as told:
            told.writelines(f"{value}\\n" for value in values)
        return self._inner.encode(values)

VectorCache(Path(sys.argv[1]), Slow()).encode([str(number) for number in range(120)])
"""


def start(folder, log):
    here = str(Path(__file__).parent)
    return subprocess.Popen([sys.executable, "-c", _SLOW, str(folder), here, str(log)])


def test_a_killed_process_loses_at_most_a_batch_and_two_share_the_work(tmp_path):
    log = tmp_path / "log"
    log.touch()
    killed = start(tmp_path, log)
    while len(log.read_text().splitlines()) < 20 and killed.poll() is None:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    both = [start(tmp_path, log), start(tmp_path, log)]
    assert [one.wait() for one in both] == [0, 0]
    encoded = log.read_text().splitlines()
    texts = [str(number) for number in range(120)]
    assert set(encoded) == set(texts)
    assert len(encoded) <= len(texts) + 4
    untouched = CountingEncoder()
    vectors = VectorCache(tmp_path, untouched).encode(texts)
    assert not untouched.seen
    assert (vectors == truth(texts)).all()
