"""Counts, relative to the entity's own trailing count."""

from typing import final

import torch
from torch import Tensor
from typing_extensions import override

from banian.kinds import Reports
from banian.models.towers.base import AbstractTower
from banian.models.towers.discrete_quantile import discrete_quantile
from banian.models.towers.layer import AbstractTowerLayer
from banian.models.towers.reports import best_constant, refuse_negative

HIGHEST_LOGIT = 20.0
"""At e²⁰ times the base no count is meant any more; beyond, float32 would overflow."""


@final
class CountTower(AbstractTower):
    """Poisson: the logit is the log of rate/base; deviance, reported as the mean or the median.

    Args:
        layer: The task's own layers below the head.
        floor: No prediction lies below it, in the label's unit; None where there is no such bound.
        reports: Whether predictions are the mean or the median of the distribution.

    """

    around = "count"

    def __init__(
        self, layer: AbstractTowerLayer, *, floor: float | None = None, reports: Reports = "mean"
    ) -> None:
        super().__init__(layer, floor=floor)
        self.reports = reports

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        trust = self._trust(base)
        return (_total(trust * label) / (trust @ base)).log().unsqueeze(0)

    @override
    def _refuse(self, label: Tensor) -> None:
        refuse_negative(label, "a count", "make this task an amount")

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        if self.reports == "median":
            return best_constant(label, "median")
        return (_total(label) / len(label)).unsqueeze(0)

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        return (_total(label) / len(label) / base).log().unsqueeze(1)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        count = label.clamp(min=0)
        log_rate = logits[:, 0].clamp(max=HIGHEST_LOGIT) + base.log()
        known = torch.xlogy(count, count) - count
        return 2 * self._trust(base) * (known - count * log_rate + log_rate.exp())

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        if self.reports == "median":
            return self._quantile(logits, base, 0.5).unsqueeze(1)
        return base.unsqueeze(1) * logits.clamp(max=HIGHEST_LOGIT).exp()

    @override
    def _quantile(self, logits: Tensor, base: Tensor, rank: float) -> Tensor:
        rate = base.double() * logits[:, 0].double().clamp(max=HIGHEST_LOGIT).exp()
        found = discrete_quantile(
            lambda count: torch.special.gammaincc(count + 1, rate),
            rank,
            rate + 12 * rate.sqrt() + 30,
        )
        return found.to(logits)


def _total(label: Tensor) -> Tensor:
    # At least half an event, since a rate of 0 has no finite logit.
    return label.sum().clamp(min=0.5)
