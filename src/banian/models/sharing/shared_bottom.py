"""Shared bottom: hard parameter sharing.

Source: Caruana, "Multitask Learning", Machine Learning 28, 1997.
"""

from typing import final

from jaxtyping import Float, Int
from torch import Tensor
from typing_extensions import override

from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.experts import Experts


@final
class SharedBottom(AbstractSharing):
    """Every task sees the same representation."""

    def __init__(
        self, dim: int, *, tasks: int, width: int, dropout: float, members: int = 1
    ) -> None:
        super().__init__()
        self.tasks = tasks
        self.bottom = Experts(
            dim, experts=1, width=width, dropout=dropout, members=members, first=True
        )

    @override
    def forward(
        self,
        x: Float[Tensor, "batch dim"],
        scene: Int[Tensor, " batch"],
    ) -> Float[Tensor, "batch task width"]:
        del scene  # hard sharing knows no scenes
        bottom: Tensor = self.bottom(x)
        return bottom.expand(-1, self.tasks, -1)
