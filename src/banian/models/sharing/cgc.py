"""Customized gate control (CGC): one extraction layer of PLE.

Source: Tang et al., "Progressive Layered Extraction (PLE): A Novel Multi-Task Learning (MTL) Model for
Personalized Recommendations", RecSys 2020, section 4.2, equations 1 to 3.
"""

from functools import partial
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.sharing.ensemble import build_linear
from banian.models.sharing.experts import Experts


@final
class CGC(nn.Module):
    """Every task mixes experts of its own and shared ones by its gate, which weighs its own first.

    The shared experts see one input, the experts and the gate of a task another. Tasks own their experts
    and gates, unless layers that follow pass them on to other tasks.
    """

    def __init__(
        self,
        dim: int,
        *,
        tasks: int,
        shared_experts: int,
        task_experts: int,
        width: int,
        dropout: float,
        members: int,
        first: bool,
        owns_experts: bool,
        owns_gates: bool,
    ) -> None:
        super().__init__()
        self.tasks = tasks
        experts = partial(Experts, dim, width=width, dropout=dropout, members=members, first=first)
        self.shared_experts = experts(experts=shared_experts)
        self.task_experts: nn.Module = (
            experts(groups=tasks, experts=task_experts, tasks=tasks if owns_experts else None)
            if task_experts
            else _NoExperts(width)
        )
        self.gates = build_linear(
            dim,
            maps=tasks,
            width=task_experts + shared_experts,
            members=members,
            first=first,
            tasks=tasks if owns_gates else None,
        )

    @override
    def forward(
        self,
        shared: Float[Tensor, "batch dim"] | Float[Tensor, "batch 1 dim"],
        own: Float[Tensor, "batch dim"] | Float[Tensor, "batch task dim"],
    ) -> tuple[Float[Tensor, "batch task width"], Float[Tensor, "batch expert width"]]:
        """Give what each task sees, and all experts: those of the tasks, task by task, then the shared ones."""
        shared_experts, task_experts = self.shared_experts(shared), self.task_experts(own)
        gates = self.gates(own).softmax(dim=2)
        split = [gates.shape[2] - shared_experts.shape[1], shared_experts.shape[1]]
        to_own, to_shared = gates.split(split, dim=2)
        by_task = task_experts.unflatten(1, (self.tasks, split[0]))
        mixed = torch.einsum("btew,bte->btw", by_task, to_own)
        mixed = mixed + torch.einsum("bew,bte->btw", shared_experts, to_shared)
        return mixed, torch.cat([task_experts, shared_experts], dim=1)


@final
class _NoExperts(nn.Module):
    """Nothing of a task's own: the layer is then that of MMoE."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    @override
    def forward(self, x: Tensor) -> Float[Tensor, "batch 0 width"]:
        return x.new_zeros(len(x), 0, self.width)
