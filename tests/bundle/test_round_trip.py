import hashlib
import io
import json
import stat
import subprocess

import numpy as np
import pytest
import torch

from banian.batches import encode_rows
from banian.bundle import load_bundle, manifest, save_bundle
from banian.models import predict_values
from banian.spec import parse_spec


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_loaded_bundle_predicts_the_same_values(bundle, batches, examples, saved):
    loaded = load_bundle(saved)
    for batch, rows in zip(batches, examples.grains.values(), strict=True):
        expected = predict_values(bundle.model, batch)
        found = predict_values(loaded.model, encode_rows(loaded.features, rows))
        for task, one in expected.items():
            assert len(np.unique(one)) > 15
            np.testing.assert_array_equal(found[task], one)


def test_everything_else_comes_back_as_it_was(bundle, saved):
    loaded = load_bundle(saved)
    for name in ("spec", "types", "features", "grains", "calibrations", "card"):
        assert getattr(loaded, name) == getattr(bundle, name)
    assert not loaded.model.training


def test_the_spec_lies_there_as_one_would_write_it(bundle, saved):
    text = (saved / manifest.SPEC).read_text(encoding="utf-8")
    assert json.loads(text)["tables"]["people"]["from"] == "visits"
    assert parse_spec(text) == bundle.spec


def test_a_bundle_saved_twice_has_the_same_bytes(bundle, saved, tmp_path):
    save_bundle(bundle, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(saved)
    save_bundle(load_bundle(saved), tmp_path / "from loaded")
    assert contents(tmp_path / "from loaded") == contents(saved)


def test_another_model_has_other_bytes_in_its_weights_alone(bundle, saved, tmp_path):
    other = load_bundle(saved)
    torch.nn.init.zeros_(other.model.tower("kept").head.bias)
    save_bundle(other, tmp_path / "other")
    before, after = contents(saved), contents(tmp_path / "other")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {manifest.MODEL, manifest.SUMS}


def test_the_folder_holds_the_files_and_their_sums_and_nothing_else(saved):
    assert set(contents(saved)) == {*manifest.FILES, manifest.SUMS}
    assert list(saved.parent.iterdir()) == [saved]
    lines = (saved / manifest.SUMS).read_text().splitlines()
    assert len(lines) == len(manifest.FILES)
    for line in lines:
        digest, name = line.split("  ")
        assert digest == hashlib.sha256((saved / name).read_bytes()).hexdigest()


def test_sha256sum_accepts_the_sums(saved):
    check = ["sha256sum", "--check", "--strict", manifest.SUMS]
    assert subprocess.run(check, cwd=saved, capture_output=True).returncode == 0


def test_others_may_read_the_folder(saved):
    assert stat.S_IMODE(saved.stat().st_mode) == 0o755


def test_a_bundle_is_found_in_its_folder_in_its_run_and_from_within(saved, monkeypatch):
    card = load_bundle(saved).card
    assert load_bundle(saved.parent).card == card
    assert load_bundle(str(saved)).card == card
    for here in (saved, saved.parent):
        monkeypatch.chdir(here)
        assert load_bundle(".").card == card


def test_the_language_of_the_machine_does_not_matter(bundle, saved, tmp_path, monkeypatch):
    monkeypatch.setattr(io, "text_encoding", lambda encoding, _=2: encoding or "ascii")
    save_bundle(bundle, tmp_path / "elsewhere")
    assert contents(tmp_path / "elsewhere") == contents(saved)
    assert load_bundle(saved).card == bundle.card


def test_a_number_that_json_does_not_know_is_not_written(bundle, tmp_path):
    broken = type(bundle)(**(vars(bundle) | {"card": {"value": float("nan")}}))
    with pytest.raises(ValueError, match="JSON"):
        save_bundle(broken, tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []
