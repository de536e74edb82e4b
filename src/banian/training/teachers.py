"""What is said of rows beside their labels: by other models, or by the model itself after a first fit."""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float64

from banian.batches import Batch, FeatureState, encode_rows
from banian.examples import Examples
from banian.training.recorder import Phase
from banian.training.start import Chosen

Words = Mapping[str, Float64[np.ndarray, "row task"]]
"""Grain → what a teacher says of every row of the examples, in the units of the labels; NaN where it says nothing."""
Teachers = Mapping[Phase, Words]
"""Phase → what may be heard in it: only from teachers that saw no label which the phase may not see."""
NO_TEACHERS: Teachers = {}


def encode_taught(
    examples: Examples,
    features: FeatureState,
    training: Chosen,
    words: Words,
    device: torch.device,
) -> dict[str, Batch]:
    """Encode the rows that have a training label, or of which a teacher speaks; none of grains without a label."""
    batches = {}
    for grain, known in training.items():
        if known.any():
            said = words.get(grain, np.full(known.shape, np.nan))
            index = np.flatnonzero((known | ~np.isnan(said)).any(axis=1))
            batch = encode_rows(features, examples.grains[grain].take(index))
            batch = batch.masked(torch.from_numpy(known[index]))
            batches[grain] = batch.taught(torch.from_numpy(said[index])).to(device)
    return batches
