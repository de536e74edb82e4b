"""A new task on the pretrained network of a run that never heard of it."""

import json

import numpy as np
import pytest
import torch
import yaml

import banian
from banian.bundle import load_bundle
from banian.cli.main import app
from banian.errors import LeakageError, SpecError
from banian.spec import ShopSpec
from banian.workflows.pretrained import load_pretrained

NEW = {
    "for_each": "customers",
    "where": {"aggregate": "exists", "of": "orders", "within": "60d"},
    "label": {"aggregate": "count", "of": "orders", "within": "14d"},
}


def declare(run, **changes) -> dict:
    tree = yaml.safe_load(run.spec.read_text())
    tree["tasks"] = {"soon": NEW}
    tree["model"] = {"adapters": {"rank": 2}}
    tree["train"] = {"start_from": str(run.out), "epochs": 1, "seeds": 1}
    return tree | changes


@pytest.fixture(scope="module")
def grown(run, tmp_path_factory, quick_fit):
    folder = tmp_path_factory.mktemp("grown")
    spec = run.spec.parent / "soon.yaml"
    spec.write_text(yaml.safe_dump(declare(run)))
    app(["fit", str(spec), "--out", str(folder)], standalone_mode=False)
    return folder


def test_the_new_task_is_fitted_on_a_pretrained_network_that_stays_as_it_was(run, grown):
    pretrained, bundle = load_bundle(run.out), load_bundle(grown)
    member = bundle.joint.members[0]
    assert member.tasks == ("soon",)
    there = pretrained.joint.members[0].state_dict()
    shared = 0
    for name, value in member.state_dict().items():
        first = name.replace("sharing.adapted.", "sharing.").replace(".linear.", ".")
        if first.startswith(("entities.", "scene.", "private.of_customers.", "sharing.experts.")):
            if first in there:
                shared += 1
                assert torch.equal(value, there[first])
            else:
                assert name.split(".")[-3] in ("up", "down")
    assert shared > 10
    up = [value for name, value in member.state_dict().items() if ".up." in name]
    assert all(value.any() for value in up)  # the adapters have learned
    assert bundle.joint.features == pretrained.joint.features
    counted = json.loads((grown / "bundle" / "card.json").read_text())["training"]
    assert counted["trained_parameters"] < 0.2 * counted["parameters"]  # of a very small network


def test_its_predictions_come_from_tables_as_any_others(run, grown):
    table = banian.predict(load_bundle(grown), run.spec.parent).rows
    assert set(table["task"].to_pylist()) == {"soon"}
    assert np.isfinite(table["value"].to_numpy()).all()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"model": {"adapters": {}, "sharing": "ple"}},
            SpecError,
            r"model\.sharing is .*\"ple\".*\nRemedy: Write: model: {sharing: .*\"mmoe\"",
        ),
        ({"model": {"entity_width": 8}}, SpecError, r"model\.entity_width is 8.*entity_width: 64"),
        (
            {"split": {"valid": "2025-08-01", "test": "2025-10-01"}},
            LeakageError,
            "labels up to 2025-11-01 00:00:00, and split.test is 2025-10-01",
        ),
    ],
)
def test_a_pretrained_network_that_does_not_fit_is_refused(run, changes, error, message):
    with pytest.raises(error, match=f"(?s){message}"):
        load_pretrained(ShopSpec.model_validate(declare(run, **changes)))


def test_nothing_starts_from_a_bundle_with_adapters(run, grown):
    spec = ShopSpec.model_validate(declare(run, train={"start_from": str(grown)}))
    with pytest.raises(SpecError, match=f"Start from the one that it started from: {run.out}"):
        load_pretrained(spec)


def test_without_a_bundle_nothing_is_pretrained(run):
    assert load_pretrained(ShopSpec.model_validate(declare(run, model={}, train={}))) is None
