"""A quantile of a number, relative to the entity's own trailing level.

Source: Koenker and Bassett, "Regression Quantiles", Econometrica 46, 1978.
"""

from typing import final

import torch
from torch import Tensor
from typing_extensions import override

from banian.models.towers.base import AbstractTower
from banian.models.towers.layer import AbstractTowerLayer
from banian.models.towers.weighted_quantile import weighted_quantile


@final
class QuantileTower(AbstractTower):
    """Reports the number below which `rank` of the labels are to lie: pinball loss of label/base with weight √base.

    Args:
        layer: The task's own layers below the head.
        rank: The share of labels, within (0, 1), that are to lie below the prediction.
        floor: No prediction lies below it, in the label's unit; None where there is no such bound.

    """

    around = "median"

    def __init__(
        self, layer: AbstractTowerLayer, *, rank: float, floor: float | None = None
    ) -> None:
        super().__init__(layer, floor=floor)
        self.rank = rank

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        weight = (base * self._trust(base)).sqrt()
        return weighted_quantile(label / base, weight, self.rank).unsqueeze(0)

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        return weighted_quantile(label, label.new_ones(len(label)), self.rank).unsqueeze(0)

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        return (self._best_constant(label) / base).unsqueeze(1)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        missing = label - base * logits[:, 0]
        pinball = torch.maximum(self.rank * missing, (self.rank - 1) * missing)
        return pinball * (self._trust(base) / base).sqrt()

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        return base.unsqueeze(1) * logits
