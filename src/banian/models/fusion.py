"""A layer after the towers, through which the outputs of a grain's other tasks inform each of its tasks."""

from collections.abc import Iterable, Mapping
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.module_key import module_key

_WIDTH = 16


@final
class Fusion(nn.Module):
    """Adds to the logits of a task a perceptron of the logits of the grain's other tasks, which starts at 0.

    A giver's logits come without their gradient: so the loss of the receiver
    does not train the giver, and the receiver alone trains the perceptron.

    Args:
        grains: For each grain that is to be fused, its tasks with the number of their logits.

    """

    def __init__(self, grains: Iterable[Mapping[str, int]]) -> None:
        super().__init__()
        widths = {task: width for tasks in grains for task, width in tasks.items()}
        self._givers = {
            task: tuple(sorted(tasks.keys() - {task}))
            for tasks in grains
            for task in sorted(tasks)
            if len(tasks) > 1
        }
        self.receivers = nn.ModuleDict(
            {
                module_key(task): _perceptron(sum(widths[giver] for giver in givers), widths[task])
                for task, givers in self._givers.items()
            }
        )

    def needed(self, tasks: Iterable[str]) -> tuple[str, ...]:
        """List the tasks whose logits it takes to answer these."""
        wanted = tuple(tasks)
        givers = [giver for task in wanted for giver in self._givers.get(task, ())]
        return tuple(dict.fromkeys((*wanted, *givers)))

    @override
    def forward(
        self, logits: Mapping[str, Float[Tensor, "batch _"]], tasks: Iterable[str]
    ) -> dict[str, Float[Tensor, "batch _"]]:
        return {task: self._inform(task, logits) for task in tasks}

    def task_parameters(self, task: str) -> list[nn.Parameter]:
        """List the parameters that the loss of this task alone reaches."""
        return list(self.receivers[module_key(task)].parameters()) if task in self._givers else []

    def _inform(self, task: str, logits: Mapping[str, Tensor]) -> Tensor:
        if task not in self._givers:
            return logits[task]
        said = torch.cat([logits[giver].detach() for giver in self._givers[task]], dim=1)
        informed: Tensor = logits[task] + self.receivers[module_key(task)](said)
        return informed


def _perceptron(inputs: int, outputs: int) -> nn.Sequential:
    last = nn.Linear(_WIDTH, outputs, bias=False)  # the head has one
    nn.init.zeros_(last.weight)
    return nn.Sequential(nn.Linear(inputs, _WIDTH), nn.ReLU(), last)
