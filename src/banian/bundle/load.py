"""Reading a bundle back: whole, unaltered, of this format; no pickle anywhere."""

import json
from os import PathLike
from pathlib import Path

from banian.bundle import manifest
from banian.bundle.bundle import Bundle
from banian.bundle.network_files import load_network
from banian.errors import BundleError
from banian.predictions import read_calibration
from banian.schema import ColumnProfile, ColumnType
from banian.spec import ShopSpec
from banian.storage import BUNDLE, SUMS, settled
from banian.trees import Trees


def load_bundle(folder: str | PathLike[str]) -> Bundle:
    """Load a bundle from its folder, or from the run folder that holds it.

    Raises:
        BundleError: files are missing, altered, or written by a Banian of another format.

    """
    folder = _find(Path(folder))
    manifest.check_sums(folder)
    state = json.loads((folder / manifest.STATE).read_text(encoding="utf-8"))
    if state["format"] > manifest.FORMAT:
        raise BundleError(
            f"{folder} was written in format {state['format']}; this Banian reads {manifest.FORMAT}.",
            remedy="Install the newest Banian.",
        )
    if state["format"] < manifest.FORMAT:
        raise BundleError(
            f"{folder} was written in format {state['format']} by an older Banian; this one reads "
            f"{manifest.FORMAT}, which stores networks otherwise.",
            remedy="Fit it again.",
        )
    spec = ShopSpec.model_validate_json((folder / manifest.SPEC).read_text(encoding="utf-8"))
    types = {
        table: {column: ColumnType(**kind) for column, kind in found.items()}
        for table, found in state["types"].items()
    }
    calibrations = json.loads((folder / manifest.CALIBRATION).read_text(encoding="utf-8"))
    return Bundle(
        spec=spec,
        types=types,
        joint=load_network(folder / manifest.JOINT, spec.model),
        calibrations={task: read_calibration(tree) for task, tree in calibrations.items()},
        card=json.loads((folder / manifest.CARD).read_text(encoding="utf-8")),
        predictors={task: tuple(predictors) for task, predictors in state["predictors"].items()},
        twins={
            task: load_network(manifest.twin_of(folder, task), spec.model)
            for task in state["twins"]
        },
        trees={task: Trees.load(manifest.trees_of(folder, task)) for task in state["trees"]},
        profiles=_read_profiles(folder / manifest.PROFILES),
    )


def _read_profiles(path: Path) -> dict[str, dict[str, ColumnProfile]]:
    if not path.exists():  # a sum that names it would have been missed
        return {}
    tree = json.loads(path.read_text(encoding="utf-8"))
    return {
        table: {column: ColumnProfile.from_dict(found) for column, found in columns.items()}
        for table, columns in tree.items()
    }


def _find(folder: Path) -> Path:
    for place in (folder, folder / BUNDLE):
        found = settled(place)
        if (found / SUMS).exists():
            return found
    return folder
