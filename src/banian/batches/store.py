"""Batches on disk, mapped into memory when read back."""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow.feather as feather
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from banian.batches.batch import Batch, Block
from banian.batches.state import FeatureState

_STATE, _VOCABULARIES, _BATCHES = "features.json", "vocabularies.arrow", "batches.safetensors"
_ROW = ("scene", "level", "label", "mask")
_PER_TASK = ("seen", "codes")
_BLOCK = ("numeric", "special", "categorical", "present")


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
            **{part: list(getattr(batch, part)) for part in _PER_TASK},
        }
        for batch in batches.values()
    ]
    tensors: dict[str, Tensor] = {}
    for at, batch in enumerate(batches.values()):
        tensors |= {f"{at}/{name}": getattr(batch, name) for name in _ROW}
        for part in _PER_TASK:
            tensors |= {f"{at}/{part}/{n}": t for n, t in enumerate(getattr(batch, part).values())}
        for place, block in enumerate(batch.blocks.values()):
            tensors |= {f"{at}/{place}/{name}": getattr(block, name) for name in _BLOCK}
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
                entity: Block(**{n: file.get_tensor(f"{at}/{place}/{n}") for n in _BLOCK})
                for place, entity in enumerate(tree["entities"])
            }
            row = {name: file.get_tensor(f"{at}/{name}") for name in _ROW}
            seen, codes = (
                {t: file.get_tensor(f"{at}/{part}/{n}") for n, t in enumerate(tree[part])}
                for part in _PER_TASK
            )
            batches[tree["grain"]] = Batch(
                tree["grain"], tuple(tree["tasks"]), blocks, **row, seen=seen, codes=codes
            )
    return features, batches
