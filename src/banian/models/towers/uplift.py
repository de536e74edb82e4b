"""Uplift: what to expect of a row under each treatment, and under the control.

Source: Shalit, Johansson and Sontag, "Estimating individual treatment effect", ICML 2017, section 4 (a head per arm on
one representation); Nie and Wager, Biometrika 108, 2021, for learning what treatments add rather than what remains:
here the treatments' logits are what they add to the control's, so that weight decay draws effects to their mean.
"""

from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor
from typing_extensions import override

from banian.kinds import TrialLabel
from banian.models.towers.base import AbstractTower
from banian.models.towers.layer import AbstractTowerLayer


@final
class UpliftTower(AbstractTower):
    """The first logit is that of the control, the others are what each treatment adds; outputs are the arms' means.

    Labels are what came of it, and the arm. Yes or no is learned by cross-entropy, numbers by the squared error of
    label/base with weight base. Only the arm that a row was in has a loss.

    Args:
        layer: The task's own layers below the head.
        arms: How many arms the trial has, the control among them.
        outcome: Whether what came of a row is yes or no, or a number.

    """

    def __init__(self, layer: AbstractTowerLayer, *, arms: int, outcome: TrialLabel) -> None:
        super().__init__(layer, logits=arms, outputs=arms)
        self.outcome = outcome
        self.around = "mean" if outcome == "number" else None

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        if self.outcome == "truth":
            start = self._best_constant(label).logit()
        else:
            trust = self._trust(base)
            sums = self._by_arm(trust * label[:, 0], label), self._by_arm(trust * base, label)
            overall = sums[0].sum() / sums[1].sum()
            start = torch.where(sums[1] > 0, sums[0] / sums[1].clamp(min=1e-12), overall)
        return torch.cat([start[:1], start[1:] - start[0]])

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        rows = self._by_arm(torch.ones_like(label[:, 0]), label)
        overall = label[:, 0].mean()
        means = torch.where(rows > 0, self._by_arm(label[:, 0], label) / rows.clamp(min=1), overall)
        if self.outcome == "number":
            return means
        # An arm with one answer only counts half a row of the other: certainty would be an infinite logit.
        rarest = 0.5 / (rows + 1)
        return means.clamp(rarest, 1 - rarest)

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        means = self._best_constant(label).expand(len(label), -1)
        start = means.logit() if self.outcome == "truth" else means / base.unsqueeze(1)
        return torch.cat([start[:, :1], start[:, 1:] - start[:, :1]], dim=1)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        arm = label[:, 1:].long().clamp(0, logits.shape[1] - 1)
        here = self._of_arms(logits).gather(1, arm)[:, 0]
        if self.outcome == "truth":
            return F.binary_cross_entropy_with_logits(here, label[:, 0], reduction="none")
        return (label[:, 0] - base * here).square() * (self._trust(base) / base)

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        of_arms = self._of_arms(logits)
        return of_arms.sigmoid() if self.outcome == "truth" else base.unsqueeze(1) * of_arms

    def _of_arms(self, logits: Tensor) -> Tensor:
        return torch.cat([logits[:, :1], logits[:, :1] + logits[:, 1:]], dim=1)

    def _by_arm(self, amount: Tensor, label: Tensor) -> Tensor:
        arm = label[:, 1].long().clamp(min=0)
        return arm.bincount(weights=amount, minlength=len(self.constant)).to(label)
