"""Lengths of the tasks' gradients and the angles between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import final

import torch
from torch import Tensor, nn

from banian.balancing.jacobian import stack_rows
from banian.balancing.micro_batch import MicroBatch, reduce_update


@final
@dataclass(frozen=True)
class Conflict:
    """Lengths and angles of the gradients on the shared parameters, of the tasks present in a micro-batch."""

    norm: Mapping[int, float]
    """Task → length of the gradient of its loss."""
    cosine: Mapping[tuple[int, int], float]
    """Pair of tasks, the lower number first → cosine of the angle between their gradients; 0 where one vanishes."""


def measure_conflict(micro_batch: MicroBatch, shared: Sequence[nn.Parameter]) -> Conflict:
    """Differentiate each task alone, leaving all gradients as they are."""
    if not shared:
        return Conflict({}, {})
    present = micro_batch.share.nonzero().flatten().tolist()
    values = micro_batch.lose(present).values
    found = {task: _gradient(values[task], shared) for task in present}
    rows, _, _ = reduce_update([micro_batch], torch.zeros_like(micro_batch.share), found)
    jacobian = stack_rows(rows, shared)
    gramian = jacobian.gramian
    norm = gramian.diagonal().sqrt()
    unit = torch.where(norm > 0, 1 / norm, 0)
    cosine = unit[:, None] * gramian * unit
    return Conflict(
        {task: norm[at].item() for at, task in enumerate(jacobian.tasks)},
        {
            (jacobian.tasks[one], jacobian.tasks[other]): cosine[one, other].item()
            for one, other in combinations(range(len(jacobian.tasks)), 2)
        },
    )


def _gradient(value: Tensor, shared: Sequence[nn.Parameter]) -> Sequence[Tensor | None]:
    return torch.autograd.grad(value, shared, retain_graph=True, allow_unused=True)
