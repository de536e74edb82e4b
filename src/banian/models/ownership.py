"""Which parameters a single task trains: what balancing must keep apart from the shared ones."""

from typing import final

import torch
from torch import Tensor, nn
from typing_extensions import override


@final
class SharedTensor(nn.Module):
    """A tensor that every task trains."""

    def __init__(self, values: Tensor) -> None:
        super().__init__()
        self.value = nn.Parameter(values)

    @override
    def forward(self) -> Tensor:
        return self.value


@final
class TaskTensor(nn.Module):
    """A tensor whose first axis is cut among the tasks, so that each trains a parameter of its own."""

    def __init__(self, values: Tensor, *, tasks: int) -> None:
        super().__init__()
        parts = values.unflatten(0, (tasks, -1)).unbind()
        self.of_task = nn.ParameterList(part.clone() for part in parts)

    @override
    def forward(self) -> Tensor:
        return torch.cat(list(self.of_task))


def hold(values: Tensor, *, tasks: int | None) -> SharedTensor | TaskTensor:
    """Let a tensor be trained: by so many tasks, each its own equal part, or by all of them together."""
    return SharedTensor(values) if tasks is None else TaskTensor(values, tasks=tasks)


def own_parameters(module: nn.Module, task: int) -> list[nn.Parameter]:
    """List the parameters of a module that belong to one task."""
    return [part.of_task[task] for part in module.modules() if isinstance(part, TaskTensor)]
