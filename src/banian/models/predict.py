"""Predictions that do not depend on how rows are batched.

The network computes in float32, as it was trained; the last step, from a row's few logits to the units of its label, in
float64. A product of matrices sums in an order that depends on how many rows it has: kernels for few rows, and for what
is left over behind whole groups of them, are others. So many rows come in whole groups, the last row repeated where
rows are lacking, and then a row's answer has the same bits whatever rows are asked with it. Fewer rows than a group are
asked as they are, which takes half of the time, and differ in the last digits of a float32 (docs/adr/0014).
"""

import copy
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Float64

from banian.batches import Batch
from banian.models.model import Logits, Model
from banian.predictions import SHARE

_GROUP = 16
"""Rows that a kernel takes together on processors of today, or a multiple of that."""
_CELLS_AT_ONCE, _FEWEST, _MOST = 2**18, 512, 2048
"""Rows times fields that are passed at once, and how many rows at least and at most: enough to hide what an operation
costs by itself, and few enough to lie near the processor."""


def freeze(model: Model) -> Model:
    """Copy a model as `predict_values` asks it: in float32, in evaluation mode, in main memory, without gradients."""
    frozen = copy.deepcopy(model).cpu().eval()
    for parameter in frozen.parameters():  # not buffers: those of priors stay float64
        parameter.grad, parameter.data = None, parameter.data.float()
    return frozen


@torch.inference_mode()
def predict_values(
    model: Model,
    batch: Batch,
    *,
    tasks: Sequence[str] | None = None,
    rows_at_once: int | None = None,
) -> dict[str, Float64[np.ndarray, "row output"]]:
    """Predict all rows of a batch with a frozen model: task → its outputs, in the units of its label.

    Where a tower predicts a distribution of numbers, two more follow: the ends of its middle nine tenths.

    Args:
        model: What `freeze` gave.
        batch: The rows.
        tasks: Which tasks of the batch to predict; all where none are named.
        rows_at_once: How many rows pass through the network together; chosen by their fields where it is not given.

    """
    batch = batch.to(torch.device("cpu"), torch.float32)
    if tasks is not None:
        batch = _choose(batch, tasks)
    rows_at_once = rows_at_once or _rows_at_once(batch)
    found: dict[str, list[torch.Tensor]] = {task: [] for task in batch.tasks}
    for start in range(0, max(len(batch), 1), rows_at_once):
        stop = min(start + rows_at_once, len(batch))
        for task, told in model(whole_groups(batch, start, stop)).items():
            found[task].append(told[: (stop - start) * model.members])
    logits = {task: torch.cat(parts) for task, parts in found.items()}
    return {task: told.numpy() for task, told in read_logits(model, batch, logits).items()}


def _choose(batch: Batch, tasks: Sequence[str]) -> Batch:
    """Ask these tasks of a batch alone."""
    kept = [at for at, task in enumerate(batch.tasks) if task in tasks]
    return replace(
        batch,
        tasks=tuple(batch.tasks[at] for at in kept),
        level=batch.level[:, kept],
        label=batch.label[:, kept],
        mask=batch.mask[:, kept],
        teacher=None if batch.teacher is None else batch.teacher[:, kept],
        weight=None if batch.weight is None else batch.weight[:, kept],
        seen={task: seen for task, seen in batch.seen.items() if task in tasks},
    )


def read_logits(
    model: Model, batch: Batch, logits: Logits
) -> dict[str, Float[torch.Tensor, "batch output"]]:
    """Turn logits into what `predict_values` gives, in float64; of all tasks of the batch that have logits."""
    exact = replace(batch, level=batch.level.double())
    logits = {task: told.double() for task, told in logits.items()}
    ends = model.intervals(exact, logits, SHARE)
    return {
        task: torch.cat([value, ends[task]], dim=1) if task in ends else value
        for task, value in model.values(exact, logits).items()
    }


def _rows_at_once(batch: Batch) -> int:
    parts = [part for block in batch.blocks.values() for part in block.parts]
    fields = sum(tensor.shape[1] for part in parts for tensor in part.tensors.values())
    rows = _CELLS_AT_ONCE // max(fields, 1)
    return min(max(rows - rows % _GROUP, _FEWEST), _MOST)


def whole_groups(batch: Batch, start: int, stop: int) -> Batch:
    """Take these rows, and the last of them again until their number is a multiple of a group."""
    lacking = (start - stop) % _GROUP
    if not lacking or len(batch) < _GROUP:
        return batch if stop - start == len(batch) else batch.rows(slice(start, stop))
    return batch.rows(torch.arange(start, stop + lacking).clamp(max=stop - 1))
