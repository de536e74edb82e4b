"""Batches on disk, mapped into memory when read back."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.feather as feather
import torch
from torch import Tensor

from banian.batches.batch import Batch
from banian.batches.block import Block
from banian.batches.events import Events
from banian.batches.parts import PARTS, Parts
from banian.batches.state import FeatureState
from banian.storage import save_array

_STATE, _VOCABULARIES, _BATCHES = "features.json", "vocabularies.arrow", "batches"
_INDEX = "rows.json"
_ROW = ("scene", "level", "label", "mask")
_OPTIONAL = ("teacher", "weight")
_PER_TASK = ("seen", "codes", "had")
_EVENTS = ("first", "count", "age")


def save_batches(features: FeatureState, batches: Mapping[str, Batch], folder: Path) -> None:
    """Write a feature state and what it encoded into an empty folder.

    Raises:
        OSError: the disk is full or the folder cannot be written.

    """
    write_rows(batches, folder / _BATCHES)
    save_features(features, folder)


def load_batches(folder: Path) -> tuple[FeatureState, dict[str, Batch]]:
    """Read what `save_batches` wrote."""
    return load_features(folder), map_rows(folder / _BATCHES)


def save_features(features: FeatureState, folder: Path) -> None:
    """Write a feature state alone into a folder.

    Raises:
        OSError: the disk is full or the folder cannot be written.

    """
    (folder / _STATE).write_text(json.dumps(features.to_dict()), encoding="utf-8")
    feather.write_feather(
        features.vocabularies(), str(folder / _VOCABULARIES), compression="uncompressed"
    )


def load_features(folder: Path) -> FeatureState:
    """Read what `save_features` wrote."""
    return FeatureState.from_parts(
        json.loads((folder / _STATE).read_text(encoding="utf-8")),
        feather.read_table(str(folder / _VOCABULARIES), memory_map=True),
    )


def write_rows(batches: Mapping[str, Batch], folder: Path) -> None:
    """Write batches that lie in the main memory into a folder, all that they hold: a file for each tensor.

    Raises:
        OSError: the disk is full or the folder cannot be written.

    """
    folder.mkdir(exist_ok=True)
    index = [
        {
            "grain": batch.grain,
            "tasks": batch.tasks,
            "blocks": [
                {
                    "entity": entity,
                    "parts": _list_parts(block.parts),
                    "events": {
                        path: _list_parts(seen.parts) for path, seen in block.events.items()
                    },
                }
                for entity, block in batch.blocks.items()
            ],
            "optional": [name for name in _OPTIONAL if getattr(batch, name) is not None],
            **{part: list(getattr(batch, part)) for part in _PER_TASK},
        }
        for batch in batches.values()
    ]
    tensors: dict[str, Tensor] = {}
    for at, batch in enumerate(batches.values()):
        tensors |= {f"{at}/{name}": getattr(batch, name) for name in _ROW}
        tensors |= {
            f"{at}/{name}": tensor
            for name in _OPTIONAL
            if (tensor := getattr(batch, name)) is not None
        }
        for part in _PER_TASK:
            tensors |= {f"{at}/{part}/{n}": t for n, t in enumerate(getattr(batch, part).values())}
        for place, block in enumerate(batch.blocks.values()):
            tensors[f"{at}/{place}/present"] = block.present
            tensors |= _name_tensors(f"{at}/{place}", block.parts)
            for number, seen in enumerate(block.events.values()):
                where = f"{at}/{place}/{number}"
                tensors |= {f"{where}/{name}": getattr(seen, name) for name in _EVENTS}
                tensors |= _name_tensors(where, seen.parts)
    for name, tensor in tensors.items():
        path = folder / f"{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_array(tensor.numpy(), path)
    (folder / _INDEX).write_text(json.dumps(index), encoding="utf-8")


def map_rows(folder: Path) -> dict[str, Batch]:
    """Map what `write_rows` wrote into memory; processes that map the same files share them."""
    batches = {}
    for at, tree in enumerate(json.loads((folder / _INDEX).read_text(encoding="utf-8"))):
        whole = folder / str(at)
        blocks = {
            found["entity"]: _load_block(whole / str(place), found)
            for place, found in enumerate(tree["blocks"])
        }
        row = {name: _map(whole / name) for name in (*_ROW, *tree["optional"])}
        seen, codes, had = (
            {task: _map(whole / part / str(n)) for n, task in enumerate(tree[part])}
            for part in _PER_TASK
        )
        batches[tree["grain"]] = Batch(
            tree["grain"], tuple(tree["tasks"]), blocks, **row, seen=seen, codes=codes, had=had
        )
    return batches


def _map(path: Path) -> Tensor:
    # Copied where it is written to, which nobody does: torch warns of arrays that cannot be.
    return torch.from_numpy(np.load(path.with_suffix(".npy"), mmap_mode="c"))


def _list_parts(parts: Parts) -> dict[str, list[str]]:
    return {part.semantic: [*part.tensors, *part.pools] for part in parts}


def _name_tensors(where: str, parts: Parts) -> dict[str, Tensor]:
    return {
        f"{where}/{part.semantic}/{name}": tensor
        for part in parts
        for name, tensor in (part.tensors | part.pools).items()
    }


def _load_block(folder: Path, tree: Mapping[str, Any]) -> Block:
    events = {
        path: Events(
            _load_parts(folder / str(number), parts),
            **{name: _map(folder / str(number) / name) for name in _EVENTS},
        )
        for number, (path, parts) in enumerate(tree["events"].items())
    }
    return Block(_load_parts(folder, tree["parts"]), _map(folder / "present"), events)


def _load_parts(folder: Path, tree: Mapping[str, list[str]]) -> Parts:
    return tuple(
        PARTS[semantic].from_tensors({name: _map(folder / semantic / name) for name in names})
        for semantic, names in tree.items()
    )
