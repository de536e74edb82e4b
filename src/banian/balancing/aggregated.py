"""Aggregation of the gradients of several tasks into one (Jacobian descent)."""

from collections.abc import Callable, Sequence
from typing import final

import torch
from jaxtyping import Float64
from torch import Tensor, nn
from typing_extensions import override

from banian.balancing.base import AbstractBalance, Move, Update
from banian.balancing.jacobian import Gramian, differentiate
from banian.balancing.micro_batch import MicroBatch

Weighting = Callable[[Gramian], Float64[Tensor, " row"]]
"""Gives each row's weight, 1 where there is no conflict and all are equally long, from the products of the rows."""
_SHORTEST = 1e-6  # of the longest gradient's length; less is rounding


@final
class Aggregated(AbstractBalance):
    """Weighs the tasks' gradients on the shared parameters by their products; all others get their plain sum.

    The products are scaled to a mean square of 1 first, so that no length is too small for a weighting. A task whose
    gradient vanishes is left out like one that is absent: it has no direction to protect.

    Args:
        weigh: Gives the weights of the gradients from their products.

    """

    def __init__(self, weigh: Weighting) -> None:
        super().__init__()
        self.weigh = weigh

    @override
    def update(
        self, micro_batches: Sequence[MicroBatch], shared: Sequence[nn.Parameter], move: Move
    ) -> Update:
        weight = torch.ones_like(micro_batches[0].share)
        own, whole, loss, share = differentiate(micro_batches, shared, weight)
        weight[list(whole.tasks)] = self._weigh(whole.gramian).to(weight)
        own.descend(weight[list(own.tasks)])
        move()
        return Update(loss, share, weight)

    def _weigh(self, gramian: Gramian) -> Float64[Tensor, " row"]:
        weight = torch.ones(len(gramian), dtype=gramian.dtype)
        if gramian.isfinite().all():
            square = gramian.diagonal()
            chosen = (square > _SHORTEST**2 * square.max()).nonzero().flatten()
            if len(chosen):
                products = gramian[chosen][:, chosen]
                weight[chosen] = self.weigh(products / products.diagonal().mean())
        return weight
