"""The gradient of each task on the shared parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn

from banian.balancing.micro_batch import Gradients, MicroBatch, Rows, reduce_update

Gramian = Float64[Tensor, "row row"]
"""Products of gradients, on the CPU."""


@final
@dataclass(frozen=True)
class Jacobian:
    """A row per task that is there, a column per number of the parameters that at least one of them reaches."""

    tasks: tuple[int, ...]
    """The numbers of the tasks, one of each row."""
    parameters: Sequence[nn.Parameter]
    """The parameters whose numbers the columns are, in this order."""
    matrix: Float[Tensor, "row column"]
    """The gradients."""

    @property
    def gramian(self) -> Gramian:
        """The products of all rows."""
        return (self.matrix @ self.matrix.T).detach().cpu().double()

    def descend(self, weight: Float[Tensor, " row"]) -> None:
        """Add the weighted sum of the rows to the gradients of the parameters."""
        whole = weight.to(self.matrix) @ self.matrix
        sizes = [parameter.numel() for parameter in self.parameters]
        for parameter, part in zip(self.parameters, whole.split(sizes), strict=True):
            _add(parameter, part.view_as(parameter))


def differentiate(
    micro_batches: Sequence[MicroBatch],
    shared: Sequence[nn.Parameter],
    weight: Float[Tensor, " task"],
) -> tuple[Jacobian, Jacobian, Float[Tensor, " task"], Float[Tensor, " task"]]:
    """Differentiate weight · loss / tasks of each task alone; the rows are returned, not yet added to any gradient.

    The gradients of other parameters, and of penalties, are added where they belong. Given are the rows of this
    process, along which it is to descend; those of the whole update, which say how; losses and shares of the update.
    """
    rows: dict[int, Gradients] = {}
    penalty: Gradients = [None] * len(shared)
    loss = torch.zeros_like(weight)
    for micro_batch in micro_batches:
        present = micro_batch.share.nonzero().flatten().tolist()
        found = micro_batch.lose(present)
        for task in present:
            value = found.values[task]
            (value * weight[task]).div(len(weight)).backward(retain_graph=True)
            rows[task] = _sum(rows.get(task, [None] * len(shared)), _take(shared))
            loss[task] += value.detach()
        if found.penalty.requires_grad:
            found.penalty.backward()
            penalty = _sum(penalty, _take(shared))
    for parameter, gradient in zip(shared, penalty, strict=True):
        if gradient is not None:
            parameter.grad = gradient
    every, losses, share = reduce_update(micro_batches, loss, rows)
    own = stack_rows(rows, shared)
    return own, own if every is rows else stack_rows(every, shared), losses, share


def stack_rows(rows: Rows, shared: Sequence[nn.Parameter]) -> Jacobian:
    """Stack the gradients of each task; parameters that none of them reaches are left out."""
    used = [at for at in range(len(shared)) if any(row[at] is not None for row in rows.values())]
    tasks = tuple(sorted(rows))
    reached = [shared[at] for at in used]
    if not used:
        return Jacobian(tasks, reached, torch.zeros(len(tasks), 0))
    matrix = reached[0].new_empty(len(tasks), sum(parameter.numel() for parameter in reached))
    with torch.no_grad():  # each gradient is copied once, to where it belongs
        for task, row in zip(tasks, matrix, strict=True):
            torch.cat([_flat(rows[task][at], shared[at]) for at in used], out=row)
    return Jacobian(tasks, reached, matrix)


def _take(shared: Sequence[nn.Parameter]) -> Gradients:
    taken = [parameter.grad for parameter in shared]
    for parameter in shared:
        parameter.grad = None
    return taken


def _sum(one: Gradients, other: Gradients) -> Gradients:
    pairs = zip(one, other, strict=True)
    return [b if a is None else a if b is None else a + b for a, b in pairs]


def _flat(gradient: Tensor | None, parameter: nn.Parameter) -> Tensor:
    return parameter.new_zeros(parameter.numel()) if gradient is None else gradient.flatten()


def _add(parameter: nn.Parameter, gradient: Tensor) -> None:
    parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
