"""Constant weights."""

from collections.abc import Sequence
from typing import final

from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.balancing.base import AbstractBalance, Move, Update
from banian.balancing.descend import descend
from banian.balancing.micro_batch import MicroBatch


@final
class ConstantWeights(AbstractBalance):
    """Weights that are given, divided by their mean.

    Args:
        weight: The weight of each task, in any unit.

    """

    weight: Tensor

    def __init__(self, weight: Float[Tensor, " task"]) -> None:
        super().__init__()
        self.register_buffer("weight", weight / weight.mean(), persistent=False)

    @override
    def update(
        self, micro_batches: Sequence[MicroBatch], shared: Sequence[nn.Parameter], move: Move
    ) -> Update:
        loss, share = descend(micro_batches, self.weight)
        move()
        return Update(loss, share, self.weight)
