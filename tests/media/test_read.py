import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import encoded, gradient
from scipy.io import wavfile

from banian.errors import TableError
from banian.media import MediaShelf, SetAside, digest_of, image, read_media, safe_image

DATA = {name: encoded(gradient(size, 5), "PNG") for name, size in [("a", 5), ("b", 9), ("c", 5)]}
DATA |= {"text": b"a text", "": b""}
DIGESTS = {name: digest_of(safe_image(DATA[name])) for name in "abc"}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    for name in ("a", "b", "c", "text"):
        (folder / name).write_bytes(DATA[name])
    return folder


def test_a_column_becomes_digests_and_counts(folder, tmp_path):
    shelf = MediaShelf(tmp_path / "shelf")
    paths = ["a", None, "text", "b", "../a", "text", "c", "", "a", "gone"]
    told = []
    read = read_media(
        pa.array(paths), "image", shelf, folder=folder, progress=lambda *at: told.append(at)
    )
    assert read.digests.to_pylist() == [DIGESTS.get(path) for path in paths]
    assert read.digests.type == pa.string()
    assert DIGESTS["a"] == DIGESTS["c"]
    assert read.set_aside == (
        SetAside("is no image in PNG, JPEG, WebP, GIF or BMP", 2, 2),
        SetAside("leads out of the data folder", 1, 4),
        SetAside("is not there", 1, 9),
    )
    assert read.changed == ()
    assert len(shelf) == 2
    assert shelf.get([DIGESTS["b"]]) == [safe_image(DATA["b"])]
    assert told == [(0, 7), (7, 7)]


@settings(max_examples=20)
@given(st.lists(st.lists(st.sampled_from([*DATA, None]), max_size=6), max_size=4), st.booleans())
def test_the_form_of_a_column_does_not_matter(tmp_path_factory, parts, is_large):
    form = pa.large_binary() if is_large else pa.binary()
    rows = [None if name is None else DATA[name] for part in parts for name in part]
    chunks = [[None if name is None else DATA[name] for name in part] for part in parts]
    shelf = MediaShelf(tmp_path_factory.getbasetemp() / "one shelf")
    expected = read_media(pa.array(rows, pa.binary()), "image", shelf)
    names = [name for part in parts for name in part]
    assert expected.digests.to_pylist() == [DIGESTS.get(name) for name in names]
    assert sum(one.count for one in expected.set_aside) == names.count("text") + names.count("")
    column = pa.chunked_array(chunks, form)
    assert read_media(column, "image", shelf) == expected
    assert read_media(column.dictionary_encode(), "image", shelf) == expected


def test_each_distinct_value_is_read_once(folder, tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(image, "safe_image", lambda data: read.append(data) or data)
    column = pa.array([f"{name}" for name in "abcab" * 50])
    read_media(column, "image", MediaShelf(tmp_path / "shelf"), folder=folder)
    assert sorted(read) == sorted(DATA[name] for name in "abc")


def test_sounds_that_are_cut_are_counted(folder, tmp_path):
    for name, seconds in [("long", 31), ("short", 1)]:
        wavfile.write(folder / name, 8_000, np.ones(seconds * 8_000, np.int16))
    shelf = MediaShelf(tmp_path / "shelf")
    column = pa.array(["short", "long", "a", "long"])
    read = read_media(column, "audio", shelf, folder=folder)
    assert read.digests.is_valid().to_pylist() == [True, True, False, True]
    assert [(one.count, one.first_row) for one in read.set_aside] == [(1, 2)]
    assert read.changed == (
        SetAside("is longer than 30 seconds, of which the first are kept", 2, 1),
    )


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([1, 2]), "holds int64"),
        (pa.array(["a"]), "there is no folder"),
    ],
)
def test_what_can_be_no_image_is_an_error(tmp_path, column, message):
    with pytest.raises(TableError, match=message):
        read_media(column, "image", MediaShelf(tmp_path))


def test_nothing_is_read_of_nothing(tmp_path):
    shelf = MediaShelf(tmp_path)
    for column in (pa.nulls(2), pa.array([], pa.string()), pa.chunked_array([], pa.binary())):
        read = read_media(column, "image", shelf, folder=tmp_path)
        assert read.digests.to_pylist() == [None] * len(column)
        assert read.set_aside == ()
