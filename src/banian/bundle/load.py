"""Reading a bundle back: whole, unaltered, not too new; no pickle anywhere."""

import json
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow.feather as feather
from safetensors.torch import load_file

from banian.batches import FeatureState
from banian.bundle import manifest
from banian.bundle.bundle import Bundle
from banian.errors import BundleError
from banian.models import Grain, TowerSpec, build_model
from banian.predictions import read_calibration
from banian.spec import ShopSpec
from banian.storage import SUMS, settled
from banian.tables import ColumnType


def load_bundle(folder: str | PathLike[str]) -> Bundle:
    """Load a bundle from its folder, or from the run folder that holds it.

    Raises:
        BundleError: files are missing, altered, or written by a newer Banian.

    """
    folder = _find(Path(folder))
    manifest.check_sums(folder)
    state = json.loads((folder / manifest.STATE).read_text(encoding="utf-8"))
    if state["format"] > manifest.FORMAT:
        raise BundleError(
            f"{folder} was written in format {state['format']}; this Banian reads {manifest.FORMAT}.",
            remedy="Install the newest Banian.",
        )
    spec = ShopSpec.model_validate_json((folder / manifest.SPEC).read_text(encoding="utf-8"))
    features = FeatureState.from_parts(
        state["features"], feather.read_table(str(folder / manifest.VOCABULARIES))
    )
    grains = {name: _grain(tree) for name, tree in state["grains"].items()}
    fields = {entity: part.fields for entity, part in features.entities.items()}
    model = build_model(spec.model, fields=fields, grains=grains, scenes=features.scenes.size)
    model.load_state_dict(load_file(folder / manifest.MODEL))
    calibrations = json.loads((folder / manifest.CALIBRATION).read_text(encoding="utf-8"))
    return Bundle(
        spec=spec,
        types={
            table: {column: ColumnType(**kind) for column, kind in types.items()}
            for table, types in state["types"].items()
        },
        features=features,
        grains=grains,
        model=model.eval(),
        calibrations={task: read_calibration(tree) for task, tree in calibrations.items()},
        card=json.loads((folder / manifest.CARD).read_text(encoding="utf-8")),
    )


def _grain(tree: dict[str, Any]) -> Grain:
    towers = {task: TowerSpec.from_dict(tower) for task, tower in tree["tasks"].items()}
    return Grain(tuple(tree["entities"]), towers)


def _find(folder: Path) -> Path:
    for place in (folder, folder / "bundle"):
        found = settled(place)
        if (found / SUMS).exists():
            return found
    return folder
