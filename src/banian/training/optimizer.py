"""What updates a model's parameters: AdamW, a sparse optimiser beside it, and their schedule."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from banian.spec import TrainSpec
from banian.training.lazy_adam import LazyAdam
from banian.training.rowwise_adagrad import RowwiseAdagrad

_SPARED = {"bias", "scale", "scale_in", "scale_out", "stitch", "frequencies", "positions"}
"""Names of what adds, scales or places: there a smaller number is not a simpler function."""
NEXT_CYCLE = 2
"""How many times as long a cycle of the step size is as the one before."""
_WARM_UP = 0.05  # share of the steps in which the step size rises
_FLOOR = 0.05  # share of the step size that is left at the end


@final
class Optimizers:
    """All optimisers of a module as one, with a cosine decay over so many steps, then over twice as many, and so on.

    Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, equation 5.
    Matrices decay; biases and embeddings do not. Tables with sparse gradients are updated only in the rows that a step
    looked up, by lazy Adam or row-wise Adagrad.
    With steps `done`, the step size is that of the next one.

    Args:
        model: What is updated.
        spec: Step size, decay of weights, and how sparse tables are updated.
        steps: Length of the first cycle of the step size.
        done: Steps that were made before.

    """

    def __init__(self, model: nn.Module, spec: TrainSpec, steps: int, *, done: int = 0) -> None:
        embeddings = [part for part in model.modules() if isinstance(part, nn.Embedding)]
        sparse = [part.weight for part in embeddings if part.sparse]
        self._optimizers: dict[str, Optimizer] = {"dense": _dense(model, embeddings, spec)}
        if sparse:
            self._optimizers["sparse"] = _sparse(sparse, spec)
        self._size, self._share, self._done = spec.learning_rate, _Share(steps), done
        self._set_size()

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """List what is updated, as an optimiser does."""
        return [group for part in self._optimizers.values() for group in part.param_groups]

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def step(self) -> None:
        """Update all parameters along their gradients, and move on in the schedule."""
        for optimizer in self._optimizers.values():
            optimizer.step()
        self._done += 1
        self._set_size()

    def _set_size(self) -> None:
        for group in self.param_groups:
            group["lr"] = self._size * self._share(self._done)

    def freeze(self) -> dict[str, Tensor]:
        """Give the moments and sums of all optimisers; what the schedule needs is the number of steps."""
        return {
            f"{which}/{index}/{name}": value
            for which, optimizer in self._optimizers.items()
            for index, moments in optimizer.state_dict()["state"].items()
            for name, value in moments.items()
        }

    def thaw(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up what `freeze` gave, also before tables grew: a row that no step has met starts with moments of 0."""
        moments: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in self._optimizers}
        parameters = {
            which: [one for group in optimizer.param_groups for one in group["params"]]
            for which, optimizer in self._optimizers.items()
        }
        for path, value in tensors.items():
            which, index, name = path.split("/")
            found = moments[which].setdefault(int(index), {})
            found[name] = _lengthen(value, parameters[which][int(index)])
        for which, optimizer in self._optimizers.items():
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": moments[which], "param_groups": groups})

    def forget_rows(self, rows: Mapping[Tensor, Sequence[int]]) -> None:
        """Set the moments and sums of single rows back to 0, as if no step had met them.

        Args:
            rows: Table → its rows; tables that are not updated here are passed over.

        """
        for optimizer in self._optimizers.values():
            for table, places in rows.items():
                for moment in optimizer.state.get(table, {}).values():
                    if moment.ndim:
                        moment[list(places)] = 0


def _lengthen(moment: Tensor, parameter: Tensor) -> Tensor:
    """Append zeros for rows that a parameter has and its moment lacks; counters of steps have no rows."""
    missing = len(parameter) - len(moment) if moment.ndim else 0
    return torch.cat([moment, moment.new_zeros(missing, *moment.shape[1:])]) if missing else moment


@final
class _Share:
    """The share of the peak step size at a step; after so many steps anew, over a cycle `NEXT_CYCLE` times as long."""

    def __init__(self, steps: int) -> None:
        self._steps, self._warm = steps, max(1, round(_WARM_UP * steps))

    def __call__(self, step: int) -> float:
        if step < self._warm:
            return (step + 1) / self._warm
        begin, end = 0, self._steps
        while step >= end:
            begin, end = end, self._steps + NEXT_CYCLE * end
        flat = begin or self._warm
        done = (step - flat) / max(1, end - flat)
        return _FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * done)) / 2


def _dense(model: nn.Module, embeddings: list[nn.Embedding], spec: TrainSpec) -> AdamW:
    tables = {id(part.weight) for part in embeddings}
    sparse = {id(part.weight) for part in embeddings if part.sparse}
    matrices = [
        parameter
        for name, parameter in model.named_parameters()
        # Biases of several experts stand in one tensor, which has the shape of a matrix.
        if parameter.ndim >= 2
        and id(parameter) not in tables
        and _SPARED.isdisjoint(name.split("."))
    ]
    decaying = {id(parameter) for parameter in matrices}
    others = [p for p in model.parameters() if id(p) not in decaying | sparse]
    size = spec.learning_rate
    groups = [
        {"params": matrices, "weight_decay": spec.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return AdamW(groups, lr=size, fused=True)


def _sparse(tables: list[Tensor], spec: TrainSpec) -> Optimizer:
    match spec.sparse:
        case "adam":
            return LazyAdam([{"params": tables}], lr=spec.learning_rate)
        case "adagrad":
            return RowwiseAdagrad([{"params": tables}], lr=spec.learning_rate)
