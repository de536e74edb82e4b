"""Grades that have an order but no distance.

Source: McCullagh, "Regression Models for Ordinal Data", JRSS B 42, 1980 (cumulative log-odds of the grades, section 2).
Thresholds stay in order because each is the one below plus a positive step, here of the row's own: with one step for
all rows it is McCullagh's model, whose rows differ by a shift alone.
"""

from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float64
from torch import Tensor
from typing_extensions import override

from banian.models.towers.base import AbstractTower
from banian.models.towers.layer import AbstractTowerLayer

_LEAST_STEP = 1e-6


@final
class OrdinalTower(AbstractTower):
    """The first logit is the log-odds of the lowest grade; each other one, through softplus, the step to the next.

    Args:
        layer: The task's own layers below the head.
        grades: The grades in ascending order, in float64.

    """

    grades: Tensor
    """The grades in ascending order [output]."""

    def __init__(self, layer: AbstractTowerLayer, *, grades: Float64[Tensor, " output"]) -> None:
        super().__init__(layer, logits=len(grades) - 1, outputs=len(grades))
        self.register_buffer("grades", grades)

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        below = self._best_constant(label).cumsum(dim=0)[:-1].logit()
        steps = below.diff().clamp(min=_LEAST_STEP)
        return torch.cat([below[:1], steps + torch.log(-torch.expm1(-steps))])  # undoes softplus

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        # A grade without a row counts half a row: else its thresholds would coincide.
        counts = self._place(label).bincount(minlength=len(self.grades)).double().clamp(min=0.5)
        return counts / counts.sum()

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        return self._prior(label, base).expand(len(label), -1)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        found = self._log_probabilities(logits)
        return -found.gather(1, self._place(label).unsqueeze(1))[:, 0]

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        return self._log_probabilities(logits).exp()

    def _log_probabilities(self, logits: Tensor) -> Tensor:
        """Give the log of each grade's probability, σ(high) − σ(low) = σ(high) σ(−low) (1 − e^(low − high))."""
        steps = F.softplus(logits[:, 1:]).clamp(min=_LEAST_STEP)
        below = torch.cat([logits[:, :1], steps], dim=1).cumsum(dim=1)
        nothing = logits.new_zeros(logits.shape[0], 1)
        reached = torch.cat([F.logsigmoid(below), nothing], dim=1)
        passed = torch.cat([nothing, F.logsigmoid(-below)], dim=1)
        between = torch.log(-torch.expm1(-steps))
        return reached + passed + torch.cat([nothing, between, nothing], dim=1)

    def _place(self, label: Tensor) -> Tensor:
        """Find the nearest grade: of the labels that the constant's rows do not have, too."""
        middles = (self.grades[1:] + self.grades[:-1]) / 2
        return torch.bucketize(label.to(middles), middles)
