"""Soft targets: what teachers (other models, or a first fit of the same one) predict of rows, learned beside labels.

Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015.
"""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float64

from banian.batches import Batch, FeatureState, encode_rows
from banian.examples import Examples
from banian.training.recorder import Phase
from banian.training.start import Chosen

SoftTargets = Mapping[str, Float64[np.ndarray, "row task"]]
"""Grain → a teacher's prediction of every row of the examples, in the units of the labels; NaN where it has none."""
PhaseTargets = Mapping[Phase, SoftTargets]
"""Phase → the soft targets to learn from in it: of teachers that saw no label which the phase may not see."""
NO_SOFT_TARGETS: PhaseTargets = {}


def encode_with_targets(
    examples: Examples,
    features: FeatureState,
    training: Chosen,
    targets: SoftTargets,
    device: torch.device,
) -> dict[str, Batch]:
    """Encode the rows that have a training label or a soft target, with both; grains without any label are left out."""
    batches = {}
    for grain, known in training.items():
        if known.any():
            said = targets.get(grain, np.full(known.shape, np.nan))
            index = np.flatnonzero((known | ~np.isnan(said)).any(axis=1))
            batch = encode_rows(features, examples.grains[grain], index)
            batch = batch.masked(torch.from_numpy(known[index]))
            batches[grain] = batch.taught(torch.from_numpy(said[index])).to(device)
    return batches
