"""Counts that scatter more than a Poisson distribution allows: the negative binomial.

Source: Hilbe, "Negative Binomial Regression", 2nd edition, 2011, section 8.2 (variance μ + αμ², called NB2).
"""

import math
from typing import final

import torch
from torch import Tensor
from typing_extensions import override

from banian.kinds import Reports
from banian.models.towers.base import AbstractTower
from banian.models.towers.count import HIGHEST_LOGIT
from banian.models.towers.discrete_quantile import discrete_quantile
from banian.models.towers.layer import AbstractTowerLayer
from banian.models.towers.minimize import minimize
from banian.models.towers.reports import best_constant, refuse_negative

_LEAST, _MOST = -8.0, 6.0  # log of the dispersion: hardly any, more than shops have
_COUNTED = 1024  # up to here quantiles are counted out, above a gamma distribution stands in


@final
class NegativeBinomialTower(AbstractTower):
    """The logits are the log of rate/base and the log of the dispersion α; deviance, mean or median.

    Args:
        layer: The task's own layers below the head.
        floor: No prediction lies below it, in the label's unit; None where there is no such bound.
        reports: Whether predictions are the mean or the median of the distribution.

    """

    around = "count"

    dispersion: Tensor
    """The constant predictor's α."""

    def __init__(
        self, layer: AbstractTowerLayer, *, floor: float | None = None, reports: Reports = "mean"
    ) -> None:
        super().__init__(layer, floor=floor, logits=2)
        self.reports = reports
        self.register_buffer("dispersion", torch.tensor(1.0, dtype=torch.float64))

    @override
    def _fit_spread(self, label: Tensor) -> None:
        rate = _mean(label)
        surplus = label.var(correction=0) - rate
        start = (surplus / rate.square()).clamp(min=math.exp(_LEAST)).log()
        if label.sum() > 0:
            start = minimize(
                lambda at: -_log_likelihood(label, rate, _dispersion(at)).mean(), start
            )
        self.dispersion.copy_(_dispersion(start))

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        start = torch.stack([(_mean(label) * len(label) / base.sum()).log(), self.dispersion.log()])
        if label.sum() == 0:
            return start
        return minimize(lambda at: self._loss(at.expand(len(label), 2), label, base).mean(), start)

    @override
    def _refuse(self, label: Tensor) -> None:
        refuse_negative(label, "a count", "make this task an amount")

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        if self.reports == "median":
            return best_constant(label, "median")
        return _mean(label).unsqueeze(0)

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        return torch.stack(
            [(_mean(label) / base).log(), self.dispersion.log().expand_as(base)], dim=1
        )

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        # In float64: the difference of two large log-gammas.
        count = label.double().clamp(min=0)
        rate, dispersion = self._rate_and_dispersion(logits, base)
        known = _log_likelihood(count, count.clamp(min=1e-12), self.dispersion)
        missing = known - _log_likelihood(count, rate, dispersion)
        return (2 * self._trust(base) * missing).to(logits)

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        if self.reports == "median":
            return self._quantile(logits, base, 0.5).unsqueeze(1)
        return self._rate_and_dispersion(logits, base)[0].to(logits).unsqueeze(1)

    @override
    def _quantile(self, logits: Tensor, base: Tensor, rank: float) -> Tensor:
        rate, dispersion = self._rate_and_dispersion(logits, base)
        most = rate / (1 - rank) + 1  # Markov's inequality
        spread = 1 + dispersion * rate
        # A gamma distribution of the same mean and variance; half a count more, since counts are whole.
        found = discrete_quantile(
            lambda count: torch.special.gammainc(rate / spread, (count + 0.5) / spread), rank, most
        )
        few = most <= _COUNTED
        if few.any():
            counts = torch.arange(_COUNTED, dtype=rate.dtype, device=rate.device)
            pairs = counts, rate[few].unsqueeze(1), dispersion[few].unsqueeze(1)
            below = _log_likelihood(*pairs).exp().cumsum(dim=1) < rank
            found = found.masked_scatter(few, below.sum(dim=1).to(found))
        return found.to(logits)

    def _rate_and_dispersion(self, logits: Tensor, base: Tensor) -> tuple[Tensor, Tensor]:
        """Give rate and dispersion, in float64."""
        exact = logits.double()
        rate = base.double() * exact[:, 0].clamp(-HIGHEST_LOGIT, HIGHEST_LOGIT).exp()
        return rate, _dispersion(exact[:, 1])


def _mean(label: Tensor) -> Tensor:
    return label.mean().clamp(min=0.5 / len(label))  # a rate of 0 has no finite logit


def _dispersion(logit: Tensor) -> Tensor:
    return logit.clamp(_LEAST, _MOST).exp()


def _log_likelihood(count: Tensor, rate: Tensor, dispersion: Tensor) -> Tensor:
    size = 1 / dispersion
    ways = torch.lgamma(count + size) - torch.lgamma(size) - torch.lgamma(count + 1)
    return (
        ways - size * torch.log1p(dispersion * rate) - count * torch.log1p(1 / (dispersion * rate))
    )
