"""Only a regular file is replaced; what bytes flow into is written into."""

import os
import stat
import threading
from pathlib import Path

import pytest

from banian.storage import is_stream, new_file


def write(path: Path, text: str) -> None:
    with new_file(path) as place:
        place.write_text(text)


def test_a_device_stays_a_device():
    before = os.stat("/dev/null")
    write(Path("/dev/null"), "gone")
    after = os.stat("/dev/null")
    assert stat.S_ISCHR(after.st_mode)
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)


def test_a_pipe_gets_what_is_written_and_stays_a_pipe(tmp_path):
    pipe, read = tmp_path / "pipe.csv", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write(pipe, "through")
    reader.join(timeout=30)
    assert read == ["through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.csv"]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_stays_and_the_file_it_names_is_replaced(tmp_path, is_there):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "table.csv", tmp_path / "table.csv"
    if is_there:
        target.write_text("old")
    link.symlink_to(Path("far") / "table.csv")
    write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert not target.is_symlink()
    assert sorted(path.name for path in target.parent.iterdir()) == ["table.csv"]


def test_a_link_that_fails_leaves_what_was_there(tmp_path):
    target, link = tmp_path / "a", tmp_path / "b"
    target.write_text("old")
    link.symlink_to("a")

    def fail() -> None:
        with new_file(link) as place:
            place.write_text("half")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert (target.read_text(), link.is_symlink()) == ("old", True)


def test_folders_and_links_to_themselves_are_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "folder", "x")
    with pytest.raises(OSError, match=r"[Ss]ymbolic link"):
        write(tmp_path / "loop", "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "loop"]


def test_what_is_a_stream(tmp_path):
    (tmp_path / "file").write_text("")
    places = (Path("/dev/null"), tmp_path / "file", tmp_path, tmp_path / "none")
    assert [is_stream(place) for place in places] == [True, False, False, False]
