"""Predictions that do not depend on how rows are batched."""

import copy

import numpy as np
import torch
from jaxtyping import Float64

from banian.batches import Batch
from banian.models.model import Model
from banian.predictions import SHARE


def freeze(model: Model) -> Model:
    """Copy a model as `predict_values` asks it: in float64, in evaluation mode, in main memory."""
    return copy.deepcopy(model).cpu().double().eval()


@torch.inference_mode()
def predict_values(
    model: Model, batch: Batch, *, rows_at_once: int = 512
) -> dict[str, Float64[np.ndarray, "row output"]]:
    """Predict all rows of a batch with a frozen model: task → its outputs, in the units of its label.

    Where a tower predicts a distribution of numbers, two more follow: the ends of its middle nine tenths.

    Computed in float64, where the order of sums that comes with the number of rows is below what anyone reads.
    """
    parts: dict[str, list[torch.Tensor]] = {task: [] for task in batch.tasks}
    for index in torch.arange(len(batch)).split(rows_at_once):
        some = batch if len(index) == len(batch) else batch.rows(index)
        rows = some.to(torch.device("cpu"), torch.float64)
        logits = model(rows)
        ends = model.intervals(rows, logits, SHARE)
        for task, value in model.values(rows, logits).items():
            parts[task].append(torch.cat([value, ends[task]], dim=1) if task in ends else value)
    return {task: torch.cat(found).numpy() for task, found in parts.items()}
