"""A network in a folder of a bundle."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.feather as feather
from safetensors.torch import load_file, save

from banian.batches import FeatureState
from banian.kinds import TowerState
from banian.models import AbstractNetwork, Grain, Network, build_model
from banian.spec import ModelSpec

_STATE, _VOCABULARIES, _WEIGHTS = "state.json", "vocabularies.arrow", "model.safetensors"


def save_network(network: AbstractNetwork, folder: Path) -> None:
    """Write a network into a new folder.

    Raises: OSError: the disk is full or the folder cannot be written.
    """
    folder.mkdir(parents=True)
    state = {
        "grains": {name: asdict(grain) for name, grain in network.grains.items()},
        "answering": {task: list(members) for task, members in network.answering.items()},
        "members": len(network.members),
        "features": network.features.to_dict(),
    }
    text = json.dumps(state, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    (folder / _STATE).write_text(text, encoding="utf-8")
    vocabularies = network.features.vocabularies()
    # Not compressed, so that it is mapped when read: processes that serve the same bundle share its pages.
    feather.write_feather(vocabularies, str(folder / _VOCABULARIES), compression="uncompressed")
    weights = {
        f"{place}/{name}": value
        for place, member in enumerate(network.members)
        for name, value in member.state_dict().items()
    }
    (folder / _WEIGHTS).write_bytes(save(weights))


def load_network(folder: Path, spec: ModelSpec) -> Network:
    """Read what `save_network` wrote."""
    state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
    vocabularies = feather.read_table(str(folder / _VOCABULARIES), memory_map=True)
    features = FeatureState.from_parts(state["features"], vocabularies)
    grains = {name: _grain(tree) for name, tree in state["grains"].items()}
    fields = {entity: part.fields for entity, part in features.entities.items()}
    weights = load_file(folder / _WEIGHTS)
    members = []
    for place in range(state["members"]):
        model = build_model(spec, fields=fields, grains=grains, scenes=features.scenes.size)
        prefix = f"{place}/"
        own = {n.removeprefix(prefix): w for n, w in weights.items() if n.startswith(prefix)}
        model.load_state_dict(own)
        members.append(model.eval())
    answering = {task: tuple(places) for task, places in state["answering"].items()}
    return Network(features, grains, tuple(members), answering)


def _grain(tree: dict[str, Any]) -> Grain:
    towers = {task: TowerState.from_dict(tower) for task, tower in tree["tasks"].items()}
    return Grain(tuple(tree["entities"]), towers, tree["given"])
