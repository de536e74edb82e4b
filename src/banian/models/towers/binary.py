"""Yes or no: a Bernoulli distribution."""

from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor
from typing_extensions import override

from banian.models.towers.base import AbstractTower


@final
class BinaryTower(AbstractTower):
    """Bernoulli: cross-entropy, reported as a probability; the trailing level plays no part."""

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        return self._best_constant(label).logit()

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        # With one class only, as if half a row of the other had been there: certainty would be an
        # infinite logit.
        rarest = 0.5 / (len(label) + 1)
        return label.mean().clamp(rarest, 1 - rarest).unsqueeze(0)

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        return torch.logit(self._best_constant(label)).expand(len(label), 1)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits[:, 0], label, reduction="none")

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        return logits.sigmoid()
