"""Amounts that are often 0 and otherwise spread over orders of magnitude.

Source: Wang, Liu and Miao, "A Deep Probabilistic Model for Customer Lifetime Value Prediction", 2019, equations 1–4.
"""

import math
from typing import final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from typing_extensions import override

from banian.kinds import Reports
from banian.models.towers.base import AbstractTower
from banian.models.towers.layer import AbstractTowerLayer
from banian.models.towers.reports import best_constant, refuse_negative
from banian.predictions import fit_bounds

_NARROWEST, _WIDEST = -5.0, 1.0  # log of σ: e^(σ²/2) is at most 40
_HIGHEST = 20.0


@final
class ZeroInflatedTower(AbstractTower):
    """A point mass at 0 and a log-normal distribution, relative to the base; deviance, mean or median.

    The logits are the log-odds of more than 0, the log of median/base of what is more than 0, and the log of its σ.

    Args:
        layer: The task's own layers below the head.
        floor: No prediction lies below it, in the label's unit; None where there is no such bound.
        reports: Whether predictions are the mean or the median of the distribution.

    """

    around = "median"

    spread: Tensor
    """The constant predictor's σ."""
    least: Tensor
    """Amounts above 0 are believed from here on: on a logarithmic scale nothing is as far out as hardly anything."""

    def __init__(
        self, layer: AbstractTowerLayer, *, floor: float | None = None, reports: Reports = "mean"
    ) -> None:
        super().__init__(layer, floor=floor, logits=3)
        self.reports = reports
        self.register_buffer("spread", torch.tensor(1.0, dtype=torch.float64))
        self.register_buffer("least", torch.tensor(0.0, dtype=torch.float64))

    @override
    def _fit_least(self, label: Tensor) -> None:
        logs = label[label > 0].log()
        if len(logs):
            self.least.fill_(math.exp(fit_bounds(logs.cpu().numpy(), np.zeros(len(logs))).lowest))

    @override
    def _fit_spread(self, label: Tensor) -> None:
        self.spread.copy_(_log_normal(self._amount(label[label > 0]))[1])

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        some = label > 0
        middle, spread = _log_normal(self._amount(label[some]) / base[some])
        return torch.stack([_share(some).logit(), middle, spread.log()])

    @override
    def _refuse(self, label: Tensor) -> None:
        refuse_negative(label, "an amount with a point mass at 0", "write WITH relative_error")

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        return best_constant(label, self.reports)

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        some = label > 0
        middle, spread = _log_normal(self._amount(label[some]))
        rest = torch.stack([_share(some).logit(), spread.log()]).expand(len(base), 2)
        return torch.stack([rest[:, 0], middle - base.log(), rest[:, 1]], dim=1)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        some = label > 0
        middle, spread = self._middle_and_spread(logits, base)
        amount = torch.where(some, self._amount(label), 1)
        deviations = (amount.log() - middle) / spread
        positive = 2 * (spread / self.spread).log() + deviations.square()
        surprise = F.binary_cross_entropy_with_logits(
            logits[:, 0], some.to(logits), reduction="none"
        )
        return 2 * surprise + torch.where(some, positive, 0)

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        if self.reports == "median":
            return self._quantile(logits, base, 0.5).unsqueeze(1)
        middle, spread = self._middle_and_spread(logits, base)
        mean = logits[:, 0].sigmoid() * (middle + spread.square() / 2).exp()
        return mean.unsqueeze(1)

    @override
    def _quantile(self, logits: Tensor, base: Tensor, rank: float) -> Tensor:
        some = logits[:, 0].sigmoid()
        middle, spread = self._middle_and_spread(logits, base)
        inside = 1 - (1 - rank) / some.clamp(min=1e-9)
        deviations = torch.special.ndtri(inside.clamp(1e-6, 1 - 1e-6))
        return torch.where(inside > 0, (middle + spread * deviations).exp(), 0)

    def _amount(self, label: Tensor) -> Tensor:
        return torch.maximum(label, self.least)

    def _middle_and_spread(self, logits: Tensor, base: Tensor) -> tuple[Tensor, Tensor]:
        middle = base.log() + logits[:, 1].clamp(-_HIGHEST, _HIGHEST)
        return middle, logits[:, 2].clamp(_NARROWEST, _WIDEST).exp()


def _share(some: Tensor) -> Tensor:
    # With zeros only, or none, as if half a row had been otherwise: certainty would be an infinite logit.
    rarest = 0.5 / (len(some) + 1)
    return some.double().mean().clamp(rarest, 1 - rarest)


def _log_normal(amount: Tensor) -> tuple[Tensor, Tensor]:
    """Fit median and spread in logs; of no amounts, 1 and hardly any."""
    logs = amount.log() if len(amount) else amount.new_zeros(1)
    spread = logs.std(correction=0).log().clamp(_NARROWEST, _WIDEST).exp()
    return logs.mean(), spread
