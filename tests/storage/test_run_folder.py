"""Tests of finding the folder of a run."""

from pathlib import Path

import pytest

from banian.errors import RunError
from banian.storage import SUMS, run_of
from banian.workflows.write import hold_run


@pytest.fixture
def bundle(tmp_path) -> Path:
    folder = tmp_path / "run" / "bundle"
    folder.mkdir(parents=True)
    (folder / SUMS).touch()
    return folder


def test_a_run_is_meant_by_the_name_of_its_bundle_too(bundle, monkeypatch):
    assert run_of(bundle) == run_of(f"{bundle}/") == run_of(bundle.parent) == bundle.parent
    monkeypatch.chdir(bundle)
    assert run_of(".") == bundle.parent
    monkeypatch.chdir(bundle.parent)
    assert run_of("bundle").absolute() == bundle.parent


def test_a_bundle_that_lies_in_no_run_is_none(bundle, tmp_path):
    alone = bundle.rename(tmp_path / "alone")
    assert run_of(alone) == alone


def test_a_folder_called_bundle_that_is_none_is_what_it_is(tmp_path):
    assert run_of(tmp_path / "bundle") == tmp_path / "bundle"


def test_nothing_is_written_into_a_bundle(bundle):
    with pytest.raises(RunError, match="is a bundle, not a run"), hold_run(bundle):
        pass
