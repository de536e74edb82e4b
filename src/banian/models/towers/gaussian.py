"""Numbers whose spread is predicted beside their mean.

Source: Nix and Weigend, "Estimating the mean and variance of the target probability distribution", ICNN 1994.
"""

from typing import final

import torch
from torch import Tensor
from typing_extensions import override

from banian.kinds import Reports
from banian.models.towers.base import AbstractTower
from banian.models.towers.layer import AbstractTowerLayer
from banian.models.towers.reports import best_constant

_LIMIT = 8.0  # e⁸ times narrower or wider than usual


@final
class GaussianTower(AbstractTower):
    """Normal: the logits are mean/base and the log of the standard deviation over √(base·offset).

    Args:
        layer: The task's own layers below the head.
        floor: No prediction lies below it, in the label's unit; None where there is no such bound.
        reports: Whether predictions are the mean or the median of the distribution.

    """

    around = "mean"

    spread: Tensor
    """The constant predictor's standard deviation."""

    def __init__(
        self, layer: AbstractTowerLayer, *, floor: float | None = None, reports: Reports = "mean"
    ) -> None:
        super().__init__(layer, floor=floor, logits=2)
        self.reports = reports
        self.register_buffer("spread", torch.tensor(1.0, dtype=torch.float64))

    @override
    def _fit_spread(self, label: Tensor) -> None:
        spread = label.std(correction=0)
        self.spread.copy_(spread if spread > 0 else self.offset * 1e-3)

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        trust = self._trust(base)
        mean = trust @ label / (trust @ base)
        error = (label - base * mean) / self._scale(base)
        spread = (trust @ error.square() / trust.sum()).clamp(min=1e-6).sqrt()
        return torch.stack([mean, spread.log()])

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        return best_constant(label, self.reports)

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        spread = self.spread / self._scale(base)
        return torch.stack([label.mean() / base, spread.log()], dim=1)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        spread = self._spread(logits, base)
        error = (label - base * logits[:, 0]) / spread
        return self._trust(base) * (2 * (spread / self.spread).log() + error.square())

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        return base.unsqueeze(1) * logits[:, :1]

    @override
    def _quantile(self, logits: Tensor, base: Tensor, rank: float) -> Tensor:
        deviations = torch.special.ndtri(torch.tensor(rank, dtype=torch.float64)).item()
        return base * logits[:, 0] + deviations * self._spread(logits, base)

    def _spread(self, logits: Tensor, base: Tensor) -> Tensor:
        return self._scale(base) * logits[:, 1].clamp(-_LIMIT, _LIMIT).exp()

    def _scale(self, base: Tensor) -> Tensor:
        # That of a variance in proportion to the base, as in the tower of means.
        return (base * self.offset).sqrt()
