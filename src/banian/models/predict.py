"""Predictions that do not depend on how rows are batched."""

import copy

import numpy as np
import torch
from jaxtyping import Float64

from banian.batches import Batch
from banian.models.model import Model
from banian.predictions import SHARE


@torch.no_grad()
def predict_values(
    model: Model, batch: Batch, *, rows_at_once: int = 512
) -> dict[str, Float64[np.ndarray, "row output"]]:
    """Predict all rows of a batch: task → its outputs, in the units of its label.

    Where a tower predicts a distribution of numbers, two more follow: the ends of its middle nine tenths.

    Computed in float64, where the order of sums that comes with the number of rows is below what
    anyone reads; the model itself keeps its type and mode.
    """
    exact = copy.deepcopy(model).double().eval()
    device = next(exact.parameters()).device
    parts: dict[str, list[torch.Tensor]] = {task: [] for task in batch.tasks}
    for index in torch.arange(len(batch)).split(rows_at_once):
        rows = batch.rows(index).to(device, torch.float64)
        logits = exact(rows)
        ends = exact.intervals(rows, logits, SHARE)
        for task, value in exact.values(rows, logits).items():
            found = torch.cat([value, ends[task]], dim=1) if task in ends else value
            parts[task].append(found.cpu())
    return {task: torch.cat(found).numpy() for task, found in parts.items()}
