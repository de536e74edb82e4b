"""Weights that stay what they are."""

from collections.abc import Sequence
from typing import final

from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.balancing.base import AbstractBalance, Move, Update
from banian.balancing.descend import descend
from banian.balancing.part import Part, total_share


@final
class ConstantWeights(AbstractBalance):
    """Weights from outside, divided by their mean."""

    weight: Tensor

    def __init__(self, weight: Float[Tensor, " task"]) -> None:
        super().__init__()
        self.register_buffer("weight", weight / weight.mean(), persistent=False)

    @override
    def update(self, parts: Sequence[Part], shared: Sequence[nn.Parameter], move: Move) -> Update:
        loss = descend(parts, self.weight)
        move()
        return Update(loss, total_share(parts), self.weight)
