"""Numbers, relative to the entity's own trailing level."""

from typing import final

from torch import Tensor
from typing_extensions import override

from banian.models.towers.base import AbstractTower
from banian.models.towers.reports import best_constant
from banian.models.towers.weighted_quantile import weighted_median


@final
class MedianAmountTower(AbstractTower):
    """Reports the median: absolute error of label/base with weight √base.

    Weight 1 would let the many small entities decide, weight base the few large ones.
    """

    around = "median"

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        weight = (base * self._trust(base)).sqrt()
        return weighted_median(label / base, weight).unsqueeze(0)

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        return best_constant(label, "median")

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        return (best_constant(label, "median") / base).unsqueeze(1)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        return (label - base * logits[:, 0]).abs() * (self._trust(base) / base).sqrt()

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        return base.unsqueeze(1) * logits


@final
class MeanAmountTower(AbstractTower):
    """Reports the mean: squared error of label/base with weight base.

    The weight is that of a variance in proportion to the base, as of a sum of purchases; with it
    the prior reproduces the total of the labels, but for the heaviest rows, which weigh alike.
    """

    around = "mean"

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        trust = self._trust(base)
        return (trust @ label / (trust @ base)).unsqueeze(0)

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        return best_constant(label, "mean")

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        return (best_constant(label, "mean") / base).unsqueeze(1)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        return (label - base * logits[:, 0]).square() * (self._trust(base) / base)

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        return base.unsqueeze(1) * logits
