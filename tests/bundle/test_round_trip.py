import hashlib
import io
import json
import stat
import subprocess
from dataclasses import replace

import numpy as np
import torch

from banian.bundle import load_bundle, manifest, save_bundle
from banian.spec import parse_spec
from banian.storage import SUMS


def contents(folder):
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_a_loaded_bundle_predicts_the_same_values(bundle, examples, saved):
    loaded = load_bundle(saved)
    assert loaded.profiles == bundle.profiles
    for rows in examples.grains.values():
        expected, found = bundle.predict(rows, rows.tasks), loaded.predict(rows, rows.tasks)
        for task, one in expected.items():
            assert len(np.unique(one)) > 15
            np.testing.assert_array_equal(found[task], one)


def test_what_answers_a_task_is_the_mean_of_its_predictors(bundle, examples):
    visits, people = examples.grains.values()
    trees, network = bundle.trees["kept"].predict(visits), bundle.joint.predict(visits, ("kept",))
    found = bundle.predict(visits, ("kept",))["kept"]
    np.testing.assert_allclose(found, (trees + network["kept"]) / 2, rtol=1e-12)
    twin = bundle.twins["spend.next"].predict(people, ("spend.next",))["spend.next"]
    np.testing.assert_array_equal(bundle.predict(people, ("spend.next",))["spend.next"], twin)
    assert (twin != bundle.joint.predict(people, ("spend.next",))["spend.next"]).any()


def test_a_task_that_is_not_named_is_answered_by_the_joint_network(bundle, examples):
    visits = examples.grains["rows of visits"]
    silent = replace(bundle, predictors={})
    expected = bundle.joint.predict(visits, ("kept",))["kept"]
    np.testing.assert_array_equal(silent.predict(visits, ("kept",))["kept"], expected)


def test_everything_else_comes_back_as_it_was(bundle, saved):
    loaded = load_bundle(saved)
    for name in ("spec", "types", "predictors", "calibrations", "card"):
        assert getattr(loaded, name) == getattr(bundle, name)
    assert loaded.joint.features == bundle.joint.features
    assert loaded.joint.answering == bundle.joint.answering
    assert loaded.grains == bundle.grains
    assert not any(member.training for member in loaded.joint.members)


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
    torch.nn.init.zeros_(other.joint.members[1].tower("kept").head.bias)
    save_bundle(other, tmp_path / "other")
    before, after = contents(saved), contents(tmp_path / "other")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"joint/model.safetensors", SUMS}


def test_the_folder_holds_the_files_and_their_sums_and_nothing_else(saved):
    network = ("model.safetensors", "state.json", "vocabularies.arrow")
    expected = {
        *manifest.FILES,
        manifest.PROFILES,
        *(f"joint/{name}" for name in network),
        *(f"twins/spend.next/{name}" for name in network),
        "trees/kept/trees.txt",
        "trees/kept/trees.json",
    }
    assert set(contents(saved)) == {*expected, SUMS}
    assert list(saved.parent.iterdir()) == [saved]
    lines = (saved / SUMS).read_text().splitlines()
    assert len(lines) == len(expected)
    for line in lines:
        digest, name = line.split("  ")
        assert digest == hashlib.sha256((saved / name).read_bytes()).hexdigest()


def test_sha256sum_accepts_the_sums(saved):
    check = ["sha256sum", "--check", "--strict", SUMS]
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


def test_a_number_that_json_does_not_know_is_null_in_the_card(bundle, tmp_path):
    broken = type(bundle)(**(vars(bundle) | {"card": {"value": float("nan")}}))
    save_bundle(broken, tmp_path / "bundle")
    assert load_bundle(tmp_path / "bundle").card == {"value": None}
