"""Predictions that do not depend on how rows are batched."""

import copy

import numpy as np
import torch
from jaxtyping import Float64

from banian.batches import Batch
from banian.models.model import Model


@torch.no_grad()
def predict_values(
    model: Model, batch: Batch, *, rows_at_once: int = 512
) -> tuple[Float64[np.ndarray, "row task"], Float64[np.ndarray, "row task"]]:
    """Predict all rows of a batch: their logits, and the same in the units of each label.

    Computed in float64, where the order of sums that comes with the number of rows is below what
    anyone reads; the model itself keeps its type and mode.
    """
    exact = copy.deepcopy(model).double().eval()
    device = next(exact.parameters()).device
    logits, values = [], []
    for index in torch.arange(len(batch)).split(rows_at_once):
        rows = batch.rows(index).to(device, torch.float64)
        logit = exact(rows)
        logits.append(logit.cpu())
        values.append(exact.values(rows, logit).cpu())
    return torch.cat(logits).numpy(), torch.cat(values).numpy()
