"""The layer of a tower: what a task does with its representation before its head.

Layers differ in what they make of the scene.
"""

from abc import ABC, abstractmethod
from typing import final

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.models.dropout import Dropout


class AbstractTowerLayer(nn.Module, ABC):
    """Hidden units of one task."""

    width: int
    """How many."""

    @abstractmethod
    def forward(
        self, x: Float[Tensor, "batch dim"], scene: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        """Row b of the result depends on row b of the input alone."""


@final
class TowerLayer(AbstractTowerLayer):
    """Rectified units that are the same in every scene, followed by dropout.

    Args:
        dim: Units of what the tower sees.
        width: Units of the layer.
        dropout: Probability that a unit is zeroed in training.

    """

    def __init__(self, dim: int, *, width: int, dropout: float) -> None:
        super().__init__()
        self.width = width
        self.hidden = nn.Linear(dim, width)
        self.dropout = Dropout(dropout)

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"], scene: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        del scene
        return F.relu(self.dropout(self.hidden(x)), inplace=True)
