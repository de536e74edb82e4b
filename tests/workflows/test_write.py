import errno
import os
import stat
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banian.errors import TableError
from banian.workflows.write import expect_writable, write_table

OLD, NEW = pa.table({"value": [1.0, None]}), pa.table({"名": ["a", "ż"]})


@pytest.fixture
def path(tmp_path) -> Path:
    write_table(OLD, tmp_path / "run" / "table.parquet")
    return tmp_path / "run" / "table.parquet"


def half(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def broken(*_: object) -> None:
    raise pa.ArrowInvalid("no such type")


FAILURES = [
    (pq.ParquetWriter, "write_table", half),
    (pq.ParquetWriter, "write_table", broken),
    (os, "fsync", full),
    (tempfile, "mkstemp", full),
    (Path, "chmod", full),
    (Path, "replace", full),
]


def test_what_is_written_can_be_read_and_replaces_what_was_there(path):
    assert pq.read_table(path) == OLD
    write_table(NEW, path)
    assert pq.read_table(path) == NEW
    assert list(path.parent.iterdir()) == [path]


def test_what_is_not_whole_yet_lies_on_the_same_disk(path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/no/such/disk")
    write_table(NEW, path)
    assert pq.read_table(path) == NEW


def test_others_may_read_the_file(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize(("owner", "name", "failure"), FAILURES)
def test_a_failure_leaves_the_old_file_and_nothing_else(path, monkeypatch, owner, name, failure):
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failure)
        with pytest.raises(
            TableError, match=r"Cannot write .*: (No space left|no such type)"
        ) as caught:
            write_table(NEW, path)
    assert str(path) in caught.value.problem
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(("owner", "name", "failure"), FAILURES)
def test_a_failure_in_a_new_place_leaves_nothing(tmp_path, monkeypatch, owner, name, failure):
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failure)
        with pytest.raises(TableError):
            write_table(NEW, tmp_path / "table.parquet")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_the_old_file_and_nothing_else(path, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pq.ParquetWriter, "write_table", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_table(NEW, path)
    assert pq.read_table(path) == OLD
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    (tmp_path / "table.parquet").mkdir()
    with pytest.raises(TableError, match="Cannot write"):
        write_table(NEW, tmp_path / "table.parquet")
    assert [file.name for file in tmp_path.iterdir()] == ["table.parquet"]


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(TableError, match="Cannot write"):
        write_table(NEW, tmp_path / "run" / "table.parquet")
    assert (tmp_path / "run").read_text() == "mine"


def test_a_place_is_tried_before_the_work_and_no_folder_is_made(tmp_path, monkeypatch):
    expect_writable(tmp_path / "new.parquet")
    expect_writable(Path("/dev/null"))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TableError, match="there is no folder") as error:
        expect_writable(tmp_path / "a" / "b" / "new.csv")
    assert f"mkdir -p {tmp_path / 'a' / 'b'}" in error.value.remedy
    with pytest.raises(TableError, match="Is a directory"):
        expect_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(TableError, match="No space left"):
        expect_writable(tmp_path / "new.parquet")
