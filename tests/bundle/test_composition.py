"""What the network is composed of comes back with it."""

import dataclasses

import torch

from banian.bundle import load_bundle, save_bundle
from banian.kinds import TowerState
from banian.models import Grain, Network, build_model, freeze
from banian.spec import ESMMSpec, STARSpec


def test_chains_scenes_and_fusion_come_back(bundle, tmp_path):
    binary, features = TowerState("binary", "auc"), bundle.joint.features
    tasks = {"kept": binary, "kept twice": binary}
    composed = bundle.spec.model.model_copy(
        update={"scenes": STARSpec(rank=1), "dependence": ESMMSpec(), "fusion": True}
    )
    grains = {
        **bundle.grains,
        "rows of visits": Grain(("people", "visits"), tasks, {"kept twice": "kept"}),
    }
    model = build_model(
        composed,
        fields={entity: state.fields for entity, state in features.entities.items()},
        grains=grains,
        scenes=features.scenes.size,
    )
    for task in model.space.chains:
        model.space.of(task).known.fill_(0.25)
    spec = bundle.spec.model_copy(update={"model": composed})
    answering = {task: (0,) for grain in grains.values() for task in grain.tasks}
    model = freeze(model)
    joint = Network(features, grains, (model,), answering)
    plain = dataclasses.replace(bundle, spec=spec, joint=joint, twins={}, predictors={})
    save_bundle(plain, tmp_path / "bundle")
    loaded = load_bundle(tmp_path / "bundle")
    assert loaded.grains == grains
    assert loaded.spec.model == composed
    expected, (found,) = model.state_dict(), loaded.joint.members
    assert list(found.state_dict()) == list(expected)
    assert all(torch.equal(value, expected[k]) for k, value in found.state_dict().items())
    assert found.space.chains == {"kept twice": ("kept", "kept twice")}
