"""Progressive layered extraction.

Source: Tang et al., "Progressive Layered Extraction (PLE): A Novel Multi-Task Learning (MTL) Model for
Personalized Recommendations", RecSys 2020, section 4.3, equations 5 to 7.
"""

from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.cgc import CGC
from banian.models.sharing.ensemble import build_linear


@final
class PLE(AbstractSharing):
    """Extraction layers; between two of them a shared gate mixes the experts of all tasks for the shared ones.

    What a shared gate passes on, all tasks train. So a task owns its experts in the last layer, and its
    gates in the last two.
    """

    def __init__(
        self,
        dim: int,
        *,
        tasks: int,
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
                width=tasks * task_experts + shared_experts,
                members=members,
                first=layer == 0,
            )
            for layer in range(layers - 1)
        )

    @override
    def forward(
        self,
        x: Float[Tensor, "batch dim"],
        scene: Int[Tensor, " batch"],
    ) -> Float[Tensor, "batch task width"]:
        del scene  # its gates see x alone
        shared, own = x, x
        for layer, gate in zip(self.layers, self.shared_gates, strict=False):
            own, experts = layer(shared, own)
            shared = torch.einsum("bew,bge->bgw", experts, gate(shared).softmax(dim=2))
        own, _ = self.layers[-1](shared, own)
        return own
