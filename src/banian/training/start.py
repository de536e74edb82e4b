"""What a phase of training starts from: encoded rows with the labels that it may use, and a new network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

import numpy as np
import torch
from jaxtyping import Bool

from banian.batches import (
    Batch,
    FeatureState,
    encode_rows,
    expect_grains,
    fit_features,
    load_features,
    map_rows,
    save_features,
    write_rows,
)
from banian.examples import Examples
from banian.models import Grain, Model, build_model, build_warm_started
from banian.spec import ModelSpec
from banian.training.recorder import Phase
from banian.training.warm_start import WarmStart

Chosen = Mapping[str, Bool[np.ndarray, "row task"]]
"""Grain → which labels have a role."""
Encoded = tuple[FeatureState, dict[str, Batch]]
"""What the features looked like on the training rows of a phase, and the rows that it uses as tensors."""
Cached = Callable[[Phase, Callable[[], Encoded]], Encoded]
"""Gives what a phase encodes: made now, or earlier from the same."""
_SETS = ("training", "valid", "early")


@final
@dataclass(frozen=True)
class Start:
    """The rows of one phase."""

    features: FeatureState
    training: Mapping[str, Batch]
    valid: Mapping[str, Batch]
    warm_start: WarmStart | None
    early: Mapping[str, Batch] = field(default_factory=dict)
    """All rows of times before the phase's cutoff, without labels, where there is to be pre-training on them."""

    def new_model(self, spec: ModelSpec, grains: Mapping[str, Grain], *, seed: int) -> Model:
        """Build a network that starts at the priors of the training rows."""
        torch.manual_seed(seed)
        fields = self.features.fields
        scenes = self.features.scenes.size
        device = next(iter(self.training.values())).scene.device
        if self.warm_start is None:
            model = build_model(spec, fields=fields, grains=grains, scenes=scenes)
        else:
            warm_start = self.warm_start.model
            model = build_warm_started(
                spec, warm_start, fields=fields, grains=grains, scenes=scenes
            )
        model = model.to(device)
        for batch in self.training.values():
            model.fit_priors(batch)
        return model

    def save(self, folder: Path) -> None:
        """Write the rows, not the warm start, into an empty folder.

        Raises:
            OSError: the disk is full or the folder cannot be written.

        """
        save_features(self.features, folder)
        for name in _SETS:
            rows = {g: batch.to(torch.device("cpu")) for g, batch in getattr(self, name).items()}
            write_rows(rows, folder / name)

    @classmethod
    def load(cls, folder: Path, device: torch.device, warm_start: WarmStart | None) -> "Start":
        """Map rows that were saved into memory, and move them to a device."""
        training, valid, early = (
            {g: batch.to(device) for g, batch in map_rows(folder / n).items()} for n in _SETS
        )
        return cls(load_features(folder), training, valid, warm_start, early)


def begin(
    spec: ModelSpec,
    examples: Examples,
    training: Chosen,
    valid: Chosen,
    phase: Phase,
    *,
    device: torch.device,
    cached: Cached,
    warm_start: WarmStart | None,
    announce: Callable[[str], None],
) -> Start:
    """Encode the rows that train and those that select; `announce` is told before.

    Features are those fitted on the training rows, or those of the network that a warm start begins with.
    """
    used = {g: np.flatnonzero((training[g] | valid[g]).any(axis=1)) for g in training}

    def encode() -> Encoded:
        announce("encoding rows")
        return _encode(spec, examples, training, used, warm_start)

    features, encoded = cached(phase, encode)
    moved = {grain: batch.to(device) for grain, batch in encoded.items()}
    rows, judging = (
        _labelled(moved, {g: mask[used[g]] for g, mask in role.items()})
        for role in (training, valid)
    )
    return Start(features, rows, judging, warm_start)


def _encode(
    spec: ModelSpec,
    examples: Examples,
    chosen: Chosen,
    used: Mapping[str, np.ndarray],
    warm_start: WarmStart | None,
) -> Encoded:
    if warm_start is None:
        training = {grain: np.asarray(mask.any(axis=1)) for grain, mask in chosen.items()}
        features = fit_features(examples, training, spec)
    else:
        features = expect_grains(warm_start.features, examples)
    return features, {
        grain: encode_rows(features, rows, used[grain]) for grain, rows in examples.grains.items()
    }


def _labelled(encoded: Mapping[str, Batch], chosen: Chosen) -> dict[str, Batch]:
    """Keep the rows with a label for this use, and of their labels only those; fields stay where they lie."""
    batches = {}
    for grain, batch in encoded.items():
        index = np.flatnonzero(chosen[grain].any(axis=1))
        if len(index):
            mask = torch.from_numpy(chosen[grain][index])
            batches[grain] = batch.choose(torch.from_numpy(index)).masked(mask)
    return batches
