import os
import subprocess
import sys
from time import perf_counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.errors import RunError, TableError
from banian.media import MediaShelf, digest_of
from banian.storage import only_writer


@settings(max_examples=20)
@given(st.lists(st.lists(st.binary(max_size=30), max_size=20), max_size=4))
def test_it_gives_what_was_put(tmp_path_factory, puts):
    folder = tmp_path_factory.mktemp("shelf")
    early = MediaShelf(folder)
    known = {}
    for contents in puts:
        digests = MediaShelf(folder).put(contents)
        assert digests == [digest_of(content) for content in contents]
        known |= dict(zip(digests, contents, strict=True))
    for shelf in (early, MediaShelf(folder)):
        assert shelf.get(list(known)) == list(known.values())
        assert all(digest in shelf for digest in known)
        assert "0" * 32 not in shelf
        assert len(shelf) == len(known)
        assert shelf.check() == ()
    contents = folder / "contents"
    assert (contents.stat().st_size if contents.exists() else 0) == sum(map(len, known.values()))


def test_thousands_are_found_at_once(tmp_path):
    shelf = MediaShelf(tmp_path)
    digests = shelf.put(str(number).encode() for number in range(5_000))
    began = perf_counter()
    found = shelf.get(digests[::4])
    assert perf_counter() - began < 0.5
    assert found == [str(number).encode() for number in range(0, 5_000, 4)]


def test_what_is_not_there_is_said(tmp_path):
    shelf = MediaShelf(tmp_path / "none")
    assert shelf.get([]) == []
    for digest in ("0" * 32, "no digest", "Z" * 32):
        assert digest not in shelf
        with pytest.raises(TableError, match="has no content with the digest"):
            shelf.get([digest])


KILLED = """
import os, signal, sys
from pathlib import Path
from banian.media import MediaShelf, shelf

def kill(*_): os.kill(os.getpid(), signal.SIGKILL)
def contents():
    yield b"third" * 1000
    if moment == "between contents": kill()

for moment in sys.argv[2:]:
    if os.fork(): continue
    if moment == "before the index": shelf.new_file = kill
    if moment == "before the sync": os.fsync = kill
    MediaShelf(Path(sys.argv[1]) / moment).put(contents())
ends = [os.WTERMSIG(os.wait()[1]) for _ in sys.argv[2:]]
sys.exit(ends != [signal.SIGKILL] * 3)
"""


def test_a_killed_writer_loses_nothing_that_is_named(tmp_path):
    moments = ["between contents", "before the sync", "before the index"]
    named = [MediaShelf(tmp_path / moment).put([b"first", b"second"]) for moment in moments]
    subprocess.run([sys.executable, "-c", KILLED, tmp_path, *moments], check=True)
    for moment, digests in zip(moments, named, strict=True):
        shelf = MediaShelf(tmp_path / moment)
        assert shelf.get(digests) == [b"first", b"second"]
        assert shelf.check() == ()
        assert digest_of(b"third" * 1000) not in shelf
        contents = tmp_path / moment / "contents"
        assert contents.stat().st_size == 11 + 5000 * (moment != "between contents")
        shelf.put([b"fourth"])
        assert contents.read_bytes() == b"firstsecondfourth"


def test_what_came_before_an_error_is_kept(tmp_path):
    def contents():
        yield b"first"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        MediaShelf(tmp_path).put(contents())
    assert MediaShelf(tmp_path).get([digest_of(b"first")]) == [b"first"]


def test_only_one_writes(tmp_path):
    with only_writer(tmp_path), pytest.raises(RunError, match="Somebody else is writing"):
        MediaShelf(tmp_path).put([b"first"])


def test_damage_is_found(tmp_path):
    shelf = MediaShelf(tmp_path)
    first, second = shelf.put([b"first", b"second"])
    (tmp_path / "contents").write_bytes(b"firstSECOND")
    assert shelf.check() == (second,)
    os.truncate(tmp_path / "contents", 7)
    assert shelf.get([first]) == [b"first"]
    for act in (lambda: shelf.get([second]), lambda: shelf.put([b"third"])):
        with pytest.raises(TableError, match=r"contents is damaged"):
            act()
    (tmp_path / "contents").unlink()
    assert set(shelf.check()) == {first, second}


@pytest.mark.parametrize("damage", ["bytes", "version"])
def test_a_damaged_index_is_refused(tmp_path, damage):
    MediaShelf(tmp_path).put([b"first"])
    index = tmp_path / "index.arrow"
    if damage == "bytes":
        index.write_bytes(index.read_bytes()[:40])
    else:
        with pa.ipc.new_file(str(index), pa.schema({"digest": pa.binary(16)})):
            assert index.exists()
    with pytest.raises(TableError, match=r"index\.arrow is damaged"):
        MediaShelf(tmp_path)
