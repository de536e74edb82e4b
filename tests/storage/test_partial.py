"""What killed writers left behind goes away; what living ones write stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from banian.storage import new_file, new_folder, settled

WRITER = """
import os, sys, time
from pathlib import Path
from banian.storage import {kind}
with {kind}(Path(sys.argv[1])) as partial:
    print(partial.name, flush=True)
    time.sleep(60)
"""


def killed_writer(kind: str, path: Path, signal_number: int) -> str:
    """Start a writer, kill it while it writes, and name what it wrote to."""
    script = WRITER.format(kind=kind)
    writer = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    name = writer.stdout.readline().decode().strip()
    writer.send_signal(signal_number)
    writer.communicate()
    return name


def fail_while_writing(new, path: Path, failure: BaseException) -> None:
    with new(path) as partial:
        write(partial, "new")
        raise failure


def age(path: Path, seconds: float) -> None:
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def write(path: Path, text: str) -> None:
    (path / "text" if path.is_dir() else path).write_text(text)


@pytest.mark.parametrize("new", [new_file, new_folder])
def test_the_next_writer_removes_what_a_killed_one_left(tmp_path, new):
    left = tmp_path / killed_writer(new.__name__, tmp_path / "thing", signal.SIGKILL)
    assert left.exists()
    age(left, 120)
    with new(tmp_path / "thing") as partial:
        write(partial, "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["thing"]


@pytest.mark.parametrize("new", [new_file, new_folder])
def test_what_was_made_just_now_is_left_alone(tmp_path, new):
    left = tmp_path / killed_writer(new.__name__, tmp_path / "thing", signal.SIGKILL)
    with new(tmp_path / "thing") as partial:
        write(partial, "whole")
    assert left.exists()


@pytest.mark.parametrize("new", [new_file, new_folder])
def test_a_living_writer_is_left_alone(tmp_path, new):
    with new(tmp_path / "thing") as first:
        age(first, 120)
        with new(tmp_path / "thing") as second:
            write(second, "second")
        assert first.exists()
        write(first, "first")
    whole = tmp_path / "thing"
    assert (whole / "text" if whole.is_dir() else whole).read_text() == "first"


@pytest.mark.parametrize("new", [new_file, new_folder])
def test_the_partial_of_another_name_is_left_alone(tmp_path, new):
    other = tmp_path / ".other.x.partial"
    other.mkdir()
    age(other, 120)
    with new(tmp_path / "thing") as partial:
        write(partial, "whole")
    assert other.exists()


@pytest.mark.parametrize("new", [new_file, new_folder])
@pytest.mark.parametrize("failure", [OSError(28, "full"), KeyboardInterrupt(), ValueError()])
def test_a_failure_leaves_what_was_there(tmp_path, new, failure):
    with new(tmp_path / "thing") as partial:
        write(partial, "old")
    with pytest.raises(type(failure)):
        fail_while_writing(new, tmp_path / "thing", failure)
    whole = tmp_path / "thing"
    assert (whole / "text" if whole.is_dir() else whole).read_text() == "old"
    assert list(tmp_path.iterdir()) == [whole]


def test_folders_within_a_folder_come_along(tmp_path):
    with new_folder(tmp_path / "thing") as partial:
        (partial / "inner").mkdir()
        (partial / "inner" / "file").write_text("deep")
    assert (tmp_path / "thing" / "inner" / "file").read_text() == "deep"


def test_a_folder_replaced_by_half_is_found_and_put_back(tmp_path):
    folder, replaced = tmp_path / "thing", tmp_path / ".thing.replaced"
    replaced.mkdir()
    (replaced / "text").write_text("old")
    assert settled(folder) == replaced
    with pytest.raises(ValueError), new_folder(folder):  # noqa: PT011
        raise ValueError
    assert settled(folder) == folder
    assert (folder / "text").read_text() == "old"
