"""Shared bottom: hard parameter sharing.

Source: Caruana, "Multitask Learning", Machine Learning 28, 1997.
"""

from collections.abc import Sequence
from typing import final

from jaxtyping import Float
from torch import Tensor
from typing_extensions import override

from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.layers import Experts


@final
class SharedBottom(AbstractSharing):
    """Every task sees the same representation.

    Args:
        dim: Units of an input.
        tasks: Names of the tasks.
        width: Units of the representation of each task.
        dropout: Probability that a unit is zeroed in training.
        members: How many members the ensemble has.

    """

    def __init__(
        self, dim: int, *, tasks: Sequence[str], width: int, dropout: float, members: int = 1
    ) -> None:
        super().__init__()
        self.tasks = len(tasks)
        self.bottom = Experts(
            dim, experts=1, width=width, dropout=dropout, members=members, first=True
        )

    @override
    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch task width"]:
        bottom: Tensor = self.bottom(x)
        return bottom.expand(-1, self.tasks, -1)
