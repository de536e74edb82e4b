"""Progressive layered extraction (PLE), and its layer, customized gate control (CGC).

Source: Tang et al., "Progressive Layered Extraction (PLE): A Novel Multi-Task Learning (MTL) Model for
Personalized Recommendations", RecSys 2020, sections 4.2 and 4.3, equations 1 to 3 and 5 to 7.
"""

from collections.abc import Sequence
from functools import partial
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.layers import Experts, build_linear, weigh_experts


@final
class PLE(AbstractSharing):
    """Extraction layers; between two of them a shared gate mixes the experts of all tasks for the shared ones.

    What a shared gate passes on, all tasks train. So a task owns its experts in the last layer, and its
    gates in the last two.

    Args:
        dim: Units of an input.
        tasks: Names of the tasks.
        layers: How many extraction layers.
        shared_experts: How many experts of each layer all tasks share.
        task_experts: How many experts of its own a task has in each layer; with one layer and none it is MMoE.
        width: Units of each expert.
        dropout: Probability that a unit is zeroed in training.
        members: How many members the ensemble has.

    """

    def __init__(
        self,
        dim: int,
        *,
        tasks: Sequence[str],
        layers: int,
        shared_experts: int,
        task_experts: int,
        width: int,
        dropout: float,
        members: int = 1,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            CGC(
                width if layer else dim,
                tasks=tasks,
                shared_experts=shared_experts,
                task_experts=task_experts,
                width=width,
                dropout=dropout,
                members=members,
                first=layer == 0,
                owns_experts=layer == layers - 1,
                owns_gates=layer >= layers - 2,
            )
            for layer in range(layers)
        )
        self.shared_gates = nn.ModuleList(
            build_linear(
                width if layer else dim,
                maps=1,
                width=len(tasks) * task_experts + shared_experts,
                members=members,
                first=layer == 0,
            )
            for layer in range(layers - 1)
        )

    @override
    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch task width"]:
        shared, own = x, x
        for layer, gate in zip(self.layers, self.shared_gates, strict=False):
            own, experts = layer(shared, own)
            shared = torch.bmm(weigh_experts(gate(shared)), experts)
        own, _ = self.layers[-1](shared, own)
        return own


@final
class CGC(nn.Module):
    """One extraction layer: every task mixes experts of its own and shared ones by its gate.

    The shared experts see one input, the experts and the gate of a task another. A gate weighs the task's own experts
    first, then the shared ones.

    Args:
        dim: Units of an input.
        tasks: Names of the tasks.
        shared_experts: How many experts all tasks share.
        task_experts: How many experts of its own a task has.
        width: Units of each expert.
        dropout: Probability that a unit is zeroed in training.
        members: How many members the ensemble has.
        first: Whether the input is that of the sharing, see `EnsembleLinear`.
        owns_experts: Whether a task alone trains its experts; not so where later layers pass them on to other tasks.
        owns_gates: Whether a task alone trains its gate.

    """

    def __init__(
        self,
        dim: int,
        *,
        tasks: Sequence[str],
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
        self.tasks = len(tasks)
        experts = partial(Experts, dim, width=width, dropout=dropout, members=members, first=first)
        self.shared_experts = experts(experts=shared_experts)
        self.task_experts: nn.Module = (
            experts(groups=len(tasks), experts=task_experts, tasks=tasks, owned=owns_experts)
            if task_experts
            else _NoExperts(width)
        )
        self.gates = build_linear(
            dim,
            maps=len(tasks),
            width=task_experts + shared_experts,
            members=members,
            first=first,
            tasks=tasks,
            owned=owns_gates,
        )

    @override
    def forward(
        self,
        shared: Float[Tensor, "batch dim"] | Float[Tensor, "batch 1 dim"],
        own: Float[Tensor, "batch dim"] | Float[Tensor, "batch task dim"],
    ) -> tuple[Float[Tensor, "batch task width"], Float[Tensor, "batch expert width"]]:
        """Compute the mixture of each task, and all experts: those of the tasks, task by task, then the shared ones."""
        shared_experts, task_experts = self.shared_experts(shared), self.task_experts(own)
        gates = weigh_experts(self.gates(own))
        split = [gates.shape[2] - shared_experts.shape[1], shared_experts.shape[1]]
        to_own, to_shared = gates.split(split, dim=2)
        by_task = task_experts.unflatten(1, (self.tasks, split[0]))
        mixed = torch.einsum("btew,bte->btw", by_task, to_own)
        mixed = mixed + torch.bmm(to_shared, shared_experts)
        return mixed, torch.cat([task_experts, shared_experts], dim=1)


@final
class _NoExperts(nn.Module):
    """Nothing of a task's own: the layer is then that of MMoE."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    @override
    def forward(self, x: Tensor) -> Float[Tensor, "batch 0 width"]:
        return x.new_zeros(x.shape[0], 0, self.width)
