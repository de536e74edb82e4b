"""Batches on disk, mapped into memory when read back."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.feather as feather
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from banian.batches.batch import Batch, Block
from banian.batches.events import Events
from banian.batches.state import FeatureState

_STATE, _VOCABULARIES, _BATCHES = "features.json", "vocabularies.arrow", "batches.safetensors"
_ROW = ("scene", "level", "label", "mask")
_PER_TASK = ("seen", "codes", "had")
_BLOCK = ("numeric", "special", "categorical", "present")
_EVENTS = ("numeric", "special", "categorical", "first", "count", "age")


def save_batches(features: FeatureState, batches: Mapping[str, Batch], folder: Path) -> None:
    """Write a feature state and what it encoded into an empty folder.

    Raises:
        OSError: the disk is full or the folder cannot be written.

    """
    index = [
        {
            "grain": batch.grain,
            "tasks": batch.tasks,
            "entities": list(batch.blocks),
            "weighted": batch.weight is not None,
            **{part: list(getattr(batch, part)) for part in _PER_TASK},
            "paths": [list(block.events) for block in batch.blocks.values()],
        }
        for batch in batches.values()
    ]
    tensors: dict[str, Tensor] = {}
    for at, batch in enumerate(batches.values()):
        tensors |= {f"{at}/{name}": getattr(batch, name) for name in _ROW}
        if batch.weight is not None:
            tensors[f"{at}/weight"] = batch.weight
        for part in _PER_TASK:
            tensors |= {f"{at}/{part}/{n}": t for n, t in enumerate(getattr(batch, part).values())}
        for place, block in enumerate(batch.blocks.values()):
            tensors |= {f"{at}/{place}/{name}": getattr(block, name) for name in _BLOCK}
            for number, seen in enumerate(block.events.values()):
                where = f"{at}/{place}/{number}"
                tensors |= {f"{where}/{name}": getattr(seen, name) for name in _EVENTS}
    whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
    try:
        save_file(whole, folder / _BATCHES, metadata={"index": json.dumps(index)})
    except SafetensorError as error:  # what safetensors makes of a full disk
        raise OSError(str(error)) from None
    (folder / _STATE).write_text(json.dumps(features.to_dict()), encoding="utf-8")
    feather.write_feather(features.vocabularies(), str(folder / _VOCABULARIES))


def load_batches(folder: Path) -> tuple[FeatureState, dict[str, Batch]]:
    """Read what `save_batches` wrote."""
    features = FeatureState.from_parts(
        json.loads((folder / _STATE).read_text(encoding="utf-8")),
        feather.read_table(str(folder / _VOCABULARIES)),
    )
    batches = {}
    with safe_open(folder / _BATCHES, "pt") as file:
        for at, tree in enumerate(json.loads(file.metadata()["index"])):
            blocks = {
                entity: _load_block(file, f"{at}/{place}", tree["paths"][place])
                for place, entity in enumerate(tree["entities"])
            }
            names = (*_ROW, "weight") if tree["weighted"] else _ROW
            row = {name: file.get_tensor(f"{at}/{name}") for name in names}
            seen, codes, had = (
                {t: file.get_tensor(f"{at}/{part}/{n}") for n, t in enumerate(tree[part])}
                for part in _PER_TASK
            )
            batches[tree["grain"]] = Batch(
                tree["grain"], tuple(tree["tasks"]), blocks, **row, seen=seen, codes=codes, had=had
            )
    return features, batches


def _load_block(file: Any, where: str, paths: list[str]) -> Block:  # noqa: ANN401
    events = {
        path: Events(**{name: file.get_tensor(f"{where}/{number}/{name}") for name in _EVENTS})
        for number, path in enumerate(paths)
    }
    tensors = {name: file.get_tensor(f"{where}/{name}") for name in _BLOCK}
    return Block(**tensors, events=events)
