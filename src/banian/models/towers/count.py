"""Counts, relative to the entity's own trailing count."""

from typing import final

import torch
from torch import Tensor
from typing_extensions import override

from banian.models.towers.base import AbstractTower

HIGHEST_LOGIT = 20.0
"""At e²⁰ times the base no count is meant any more; beyond, float32 would overflow."""


@final
class CountTower(AbstractTower):
    """Poisson: the logit is the log of rate/base; deviance, reported as the mean."""

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        return (_total(label) / base.sum()).log()

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        if label.min() < 0:
            raise ValueError(
                f"a count cannot be negative, but the labels go down to {label.min().item():g}; "
                "make this task an amount"
            )
        return _total(label) / len(label)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        count = label.clamp(min=0)
        log_rate = logits[:, 0].clamp(max=HIGHEST_LOGIT) + base.log()
        return 2 * (torch.xlogy(count, count) - count * log_rate - count + log_rate.exp())

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        return base.unsqueeze(1) * logits.clamp(max=HIGHEST_LOGIT).exp()

    @override
    def _logit(self, value: Tensor, base: Tensor) -> Tensor:
        return (value / base).log()


def _total(label: Tensor) -> Tensor:
    # At least half an event, since a rate of 0 has no finite logit.
    return label.sum().clamp(min=0.5)
