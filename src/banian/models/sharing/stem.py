"""Shared and task-specific embeddings (STEM-Net).

Source: Su et al., "STEM: Unleashing the Power of Embeddings for Multi-task Recommendation", AAAI 2024,
the section on all forward task-specific backward gating.
"""

from collections.abc import Sequence
from functools import partial
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from typing_extensions import override

from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.layers import Experts, build_linear, weigh_experts


@final
class STEM(AbstractSharing):
    """Every task sees the experts of all tasks, but trains only its own and the shared ones.

    The input holds several views side by side, each of width `dim`: the shared one, then one per task,
    made by encoders of its own. A task's gate sees the sum of its view and the shared one, and weighs
    the experts of all tasks, task by task, then the shared ones.

    Args:
        dim: Units of each view.
        tasks: Names of the tasks.
        shared_experts: How many experts see the shared view.
        task_experts: How many experts see the view of each task.
        width: Units of the representation of each task.
        dropout: Probability that a unit is zeroed in training.
        members: How many members the ensemble has.

    """

    others: Tensor

    def __init__(
        self,
        dim: int,
        *,
        tasks: Sequence[str],
        shared_experts: int,
        task_experts: int,
        width: int,
        dropout: float,
        members: int = 1,
    ) -> None:
        super().__init__()
        self.views = (1 + len(tasks), dim)
        self.task_shape = (len(tasks), task_experts)
        self.register_buffer("others", 1 - torch.eye(len(tasks)), persistent=False)
        experts = partial(Experts, dim, width=width, dropout=dropout, members=members, first=True)
        self.shared_experts = experts(experts=shared_experts)
        self.task_experts = experts(groups=len(tasks), experts=task_experts, tasks=tasks)
        self.gates = build_linear(
            dim,
            maps=len(tasks),
            width=len(tasks) * task_experts + shared_experts,
            members=members,
            first=True,
            tasks=tasks,
        )

    @override
    def forward(self, x: Float[Tensor, "batch views"]) -> Float[Tensor, "batch task width"]:
        shared, own = x.unflatten(1, self.views).split([1, self.views[0] - 1], dim=1)
        shared_experts, task_experts = self.shared_experts(shared), self.task_experts(own)
        gates = weigh_experts(self.gates(own + shared))
        to_tasks, to_shared = gates.tensor_split([task_experts.shape[1]], dim=2)
        to_tasks = to_tasks.unflatten(2, self.task_shape)
        to_others = to_tasks * self.others.unsqueeze(2)
        by_task = task_experts.unflatten(1, self.task_shape)
        return (
            torch.einsum("bew,bte->btw", shared_experts, to_shared)
            + torch.einsum("btew,bet->btw", by_task, to_tasks.diagonal(dim1=1, dim2=2))
            + torch.einsum("bew,bte->btw", task_experts.detach(), to_others.flatten(2))
        )
