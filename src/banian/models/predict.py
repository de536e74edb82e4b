"""Predictions that do not depend on how rows are batched.

The network computes in float32, as it was trained; the last step, from a row's few logits to the units of its label, in
float64. A product of matrices sums in an order that depends on how many rows it has: kernels for few rows, and for what
is left over behind whole groups of them, are others. So rows come in whole groups, the last row repeated where they are
too few, and a row's answer has the same bits whatever other rows are asked with it (docs/adr/0014).
"""

import copy
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float64

from banian.batches import Batch
from banian.models.model import Model
from banian.predictions import SHARE

_GROUP = 16
"""Rows that a kernel takes together on processors of today, or a multiple of that."""
_ROWS_AT_ONCE = 1024
"""What hides what an operation costs by itself, and still lies near the processor."""


def freeze(model: Model) -> Model:
    """Copy a model as `predict_values` asks it: in float32, in evaluation mode, in main memory, without gradients."""
    frozen = copy.deepcopy(model).cpu().eval()
    for parameter in frozen.parameters():
        parameter.grad, parameter.data = (
            None,
            parameter.data.float(),
        )  # not buffers: priors keep float64
    return frozen


@torch.inference_mode()
def predict_values(
    model: Model, batch: Batch, *, rows_at_once: int = _ROWS_AT_ONCE
) -> dict[str, Float64[np.ndarray, "row output"]]:
    """Predict all rows of a batch with a frozen model: task → its outputs, in the units of its label.

    Where a tower predicts a distribution of numbers, two more follow: the ends of its middle nine tenths.
    """
    batch = batch.to(torch.device("cpu"), torch.float32)
    found: dict[str, list[torch.Tensor]] = {task: [] for task in batch.tasks}
    for start in range(0, max(len(batch), 1), rows_at_once):
        stop = min(start + rows_at_once, len(batch))
        rows = _whole_groups(batch, start, stop)
        logits = {task: told.double() for task, told in model(rows).items()}
        exact = replace(rows, level=rows.level.double())
        ends = model.intervals(exact, logits, SHARE)
        for task, value in model.values(exact, logits).items():
            told = torch.cat([value, ends[task]], dim=1) if task in ends else value
            found[task].append(told[: stop - start])
    return {task: torch.cat(parts).numpy() for task, parts in found.items()}


def _whole_groups(batch: Batch, start: int, stop: int) -> Batch:
    """Take these rows, and the last of them again until their number is a multiple of a group."""
    lacking = (start - stop) % _GROUP
    if not lacking:
        return batch if stop - start == len(batch) else batch.rows(slice(start, stop))
    return batch.rows(torch.arange(start, stop + lacking).clamp(max=stop - 1))
