"""Whatever stops a save, the folder holds the whole of a bundle: the new one or the old."""

import errno
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow.feather as feather
import pytest
from hypothesis import settings

from banian.bundle import load_bundle, save_bundle
from banian.errors import BundleError

WRITES = (
    (Path, "mkdir"),
    (tempfile, "mkdtemp"),
    (Path, "write_text"),
    (feather, "write_feather"),
    (Path, "write_bytes"),
    (os, "fsync"),
    (Path, "chmod"),
    (Path, "rename"),
)


@pytest.fixture
def stop(monkeypatch):
    """Let the write of this number fail, after as much of it as the disk had room for."""

    def stop_at(number: int | None, failure: BaseException) -> list[str]:
        made: list[str] = []

        def watched(owner, name):
            real = getattr(owner, name)

            def write(*args, **kwargs):
                made.append(name)
                if len(made) - 1 == number:
                    if name in ("write_text", "write_bytes"):
                        path, content = args
                        real(path, content[: len(content) // 2], **kwargs)
                    raise failure
                return real(*args, **kwargs)

            return write

        for owner, name in WRITES:
            monkeypatch.setattr(owner, name, watched(owner, name))
        return made

    yield stop_at
    monkeypatch.undo()


@pytest.fixture
def newer(bundle):
    return replace(bundle, card={"newer": True})


def listing(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
# four folders, mkdtemp, nine texts with the sums, two of feather and of weights, a sync for each, mode, two renames
LAST = 47
IS_LONG = settings.get_current_profile_name() == "long"
SOME = range(LAST) if IS_LONG else (0, 1, 2, 9, 10, 15, 16, 22, 23, 42, 43, 44, 45, 46)
"""In the gate: writes of every kind, early and late, and all of the last."""


def test_every_write_of_a_save_is_known(stop, newer, saved):
    made = stop(None, FULL)
    save_bundle(newer, saved)
    assert len(made) == LAST
    assert {name for _, name in WRITES} == set(made) == {made[number] for number in SOME}
    assert made[-4:] == ["chmod", "rename", "rename", "fsync"]


def test_what_is_not_whole_yet_lies_on_the_same_disk(newer, saved, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/no/such/disk")
    save_bundle(newer, saved)
    assert load_bundle(saved).card == newer.card


@pytest.mark.parametrize("number", SOME)
def test_after_a_failure_the_old_bundle_is_there_and_nothing_else(stop, newer, saved, number):
    before = listing(saved.parent)
    stop(number, FULL)
    with pytest.raises(BundleError, match=r"Cannot write the bundle .* No space left") as caught:
        save_bundle(newer, saved)
    assert "what was there before is untouched" in caught.value.remedy
    assert listing(saved.parent) == before
    assert [path.name for path in saved.parent.iterdir()] == ["bundle"]


@pytest.mark.parametrize("number", SOME[:-1])  # one rename less
def test_after_a_failure_in_a_new_place_nothing_is_there(stop, newer, tmp_path, number):
    stop(number, FULL)
    with pytest.raises(BundleError, match="No space left"):
        save_bundle(newer, tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", SOME)
def test_after_ctrl_c_a_whole_bundle_is_loaded(stop, newer, bundle, saved, number):
    stop(number, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        save_bundle(newer, saved)
    for folder in (saved, saved.parent):
        assert load_bundle(folder).card in (bundle.card, newer.card)
    assert {path.name for path in saved.parent.iterdir()} <= {"bundle", ".bundle.replaced"}


@pytest.mark.parametrize("folder", ["run", "run/bundle"])
def test_after_a_crash_between_the_renames_the_old_bundle_is_loaded(
    bundle, saved, tmp_path, folder
):
    saved.rename(saved.with_name(".bundle.replaced"))
    assert load_bundle(tmp_path / folder).card == bundle.card


def test_after_such_a_crash_a_save_puts_everything_in_order(newer, saved):
    saved.rename(saved.with_name(".bundle.replaced"))
    save_bundle(newer, saved)
    assert load_bundle(saved).card == newer.card
    assert list(saved.parent.iterdir()) == [saved]


def test_after_such_a_crash_a_failed_save_puts_the_old_bundle_back(stop, newer, bundle, saved):
    saved.rename(saved.with_name(".bundle.replaced"))
    stop(6, FULL)  # the first rename puts it back
    with pytest.raises(BundleError):
        save_bundle(newer, saved)
    assert load_bundle(saved).card == bundle.card
    assert list(saved.parent.iterdir()) == [saved]


def test_what_a_crash_after_the_renames_left_behind_is_never_loaded(newer, bundle, saved):
    save_bundle(newer, saved.with_name(".bundle.replaced"))
    for folder in (saved, saved.parent):
        assert load_bundle(folder).card == bundle.card


def test_what_a_crash_after_the_renames_left_behind_is_never_put_back(stop, newer, bundle, saved):
    save_bundle(newer, saved.with_name(".bundle.replaced"))
    stop(5, FULL)
    with pytest.raises(BundleError):
        save_bundle(newer, saved)
    assert load_bundle(saved).card == bundle.card


def test_what_a_crash_after_the_renames_left_behind_is_not_in_the_way(newer, bundle, saved):
    save_bundle(bundle, saved.with_name(".bundle.replaced"))
    save_bundle(newer, saved)
    assert load_bundle(saved).card == newer.card
    assert list(saved.parent.iterdir()) == [saved]


def test_a_place_that_is_a_file_is_refused(bundle, tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(BundleError, match="Cannot write the bundle"):
        save_bundle(bundle, tmp_path / "run" / "bundle")
    assert (tmp_path / "run").read_text() == "mine"
