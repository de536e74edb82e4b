"""Write a bundle, the whole of it or nothing."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from banian.bundle import manifest
from banian.bundle.bundle import Bundle
from banian.bundle.network_files import save_network
from banian.errors import BundleError
from banian.storage import new_folder, reason_of, strict_json, write_sums


def save_bundle(bundle: Bundle, folder: Path) -> None:
    """Write a bundle so that `folder` holds the whole of it or what it held before.

    Everything is written and synced beside it first; then two renames put it in place.

    Raises:
        BundleError: the disk is full or the folder cannot be written; nothing half-written remains.

    """
    try:
        with new_folder(folder) as partial:
            _write(bundle, partial)
    except (OSError, pa.ArrowException) as error:
        raise _cannot_write(folder, error) from None


def _write(bundle: Bundle, folder: Path) -> None:
    state = {
        "format": manifest.FORMAT,
        "types": {
            table: {column: kind.to_dict() for column, kind in types.items()}
            for table, types in bundle.types.items()
        },
        "predictors": {task: list(predictors) for task, predictors in bundle.predictors.items()},
        "twins": list(bundle.twins),
        "trees": list(bundle.trees),
    }
    spec = bundle.spec.model_dump(mode="json", by_alias=True)
    calibrations = {task: fitted.to_dict() for task, fitted in bundle.calibrations.items()}
    _write_json(folder / manifest.SPEC, spec)
    _write_json(folder / manifest.STATE, state)
    _write_json(folder / manifest.CALIBRATION, calibrations)
    card = strict_json(bundle.card, indent=1)
    (folder / manifest.CARD).write_text(card + "\n", encoding="utf-8")
    if bundle.profiles:
        profiles = {
            table: {column: profile.to_dict() for column, profile in columns.items()}
            for table, columns in bundle.profiles.items()
        }
        _write_json(folder / manifest.PROFILES, profiles)
    save_network(bundle.joint, folder / manifest.JOINT)
    for task, twin in bundle.twins.items():
        save_network(twin, manifest.twin_of(folder, task))
    for task, trees in bundle.trees.items():
        trees.save(manifest.trees_of(folder, task))
    write_sums(folder)


def _write_json(path: Path, tree: dict[str, Any]) -> None:
    text = json.dumps(tree, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    path.write_text(text, encoding="utf-8")


def _cannot_write(folder: Path, error: Exception) -> BundleError:
    return BundleError(
        f"Cannot write the bundle {folder}: {reason_of(error)}.",
        remedy="Make room, or choose another folder with --out; what was there before is untouched.",
    )
