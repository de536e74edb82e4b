"""Cross-stitch networks.

Source: Misra et al., "Cross-stitch Networks for Multi-task Learning", CVPR 2016, equation 1 and section 5.1;
here with one matrix per layer, where the paper has one per channel.
"""

from collections.abc import Sequence
from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.dropout import Dropout
from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.layers import build_linear, build_parameter

_OWN = 0.9
"""What a task keeps of its own units at the start: the best of those that the paper tried."""


@final
class CrossStitch(AbstractSharing):
    """A network per task; after every layer each task goes on with a learned mixture of all tasks' units.

    A task's network and its row of each mixture are named by it. It owns nothing but its row of the last one:
    everything before reaches the others through it.

    Args:
        dim: Units of an input.
        tasks: Names of the tasks.
        layers: How many layers each task's network has.
        width: Units of the representation of each task.
        dropout: Probability that a unit is zeroed in training.
        members: How many members the ensemble has.

    """

    def __init__(
        self,
        dim: int,
        *,
        tasks: Sequence[str],
        layers: int,
        width: int,
        dropout: float,
        members: int = 1,
    ) -> None:
        super().__init__()
        self.dropout = Dropout(dropout)
        self.networks = nn.ModuleList(
            build_linear(
                width if layer else dim,
                maps=len(tasks),
                width=width,
                members=members,
                first=layer == 0,
                tasks=tasks,
                owned=False,
            )
            for layer in range(layers)
        )
        others = torch.full((len(tasks), len(tasks)), (1 - _OWN) / max(1, len(tasks) - 1))
        start = others.fill_diagonal_(_OWN if len(tasks) > 1 else 1)
        self.stitch = nn.ModuleList(
            build_parameter(start.clone(), tasks=tasks, owned=layer == layers - 1)
            for layer in range(layers)
        )

    @override
    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch task width"]:
        for network, stitch in zip(self.networks, self.stitch, strict=True):
            x = torch.einsum(
                "ts,bsw->btw", stitch(), F.relu(self.dropout(network(x)), inplace=True)
            )
        return x
