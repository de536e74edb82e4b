"""One of several classes."""

from typing import final

import torch.nn.functional as F
from torch import Tensor
from typing_extensions import override

from banian.models.towers.base import AbstractTower
from banian.models.towers.layer import AbstractTowerLayer


@final
class CategoricalTower(AbstractTower):
    """Softmax over the known classes and one more, all others together; labels are codes of classes.

    With as many classes as there are, the code of the others is their number.

    Args:
        layer: The task's own layers below the head.
        classes: How many classes are known.

    """

    def __init__(self, layer: AbstractTowerLayer, *, classes: int) -> None:
        super().__init__(layer, logits=classes + 1, outputs=classes + 1)

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        return self._best_constant(label).log()

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        # A class without a row counts half a row: a probability of 0 would be an infinite logit.
        counts = label.long().bincount(minlength=len(self.constant)).double().clamp(min=0.5)
        return counts / counts.sum()

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        return self._best_constant(label).log().expand(len(label), -1)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        code = label.long().clamp(0, len(self.constant) - 1)
        return F.cross_entropy(logits, code, reduction="none")

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        return logits.softmax(dim=1)
