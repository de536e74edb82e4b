"""The contract of all towers."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.models.members import MemberLinear
from banian.models.towers.layer import AbstractTowerLayer
from banian.models.towers.weighted_median import weighted_median


class AbstractTower(nn.Module, ABC):
    """One task's own layers, its loss, and the way from its logits to its label's units.

    A tower is its layer, which may depend on the scene, and then its head, a linear map to as many logits as the
    kind needs.

    Losses are in units of the constant predictor's: 1 is as good as the best single number, which
    makes the losses of different tasks comparable. Labels far from zero are seen relative to a
    *base*, the entity's trailing level plus an offset that keeps it positive.
    """

    head: nn.Linear | MemberLinear
    offset: Tensor
    unit: Tensor
    constant: Tensor

    def __init__(
        self, layer: AbstractTowerLayer, *, floor: float | None = None, logits: int = 1
    ) -> None:
        super().__init__()
        self.layer = layer
        self.head = nn.Linear(layer.width, logits)
        self.floor = floor
        # Scalars in float64: they are stored exactly, and do not promote a float32 model.
        self.register_buffer("offset", torch.tensor(1.0, dtype=torch.float64))
        self.register_buffer("unit", torch.tensor(1.0, dtype=torch.float64))
        self.register_buffer("constant", torch.tensor(0.0, dtype=torch.float64))

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"], scene: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch logit"]:
        logits: Tensor = self.head(self.layer(x, scene))
        return logits

    @torch.no_grad()
    def fit_prior(self, label: Float[Tensor, " batch"], level: Float[Tensor, " batch"]) -> None:
        """Make the tower start at what it would predict without looking at any feature.

        Sets the offset to half the median of the labels' sizes other than 0, the constant to the
        best single number, and the unit to that number's mean loss on these labels.

        Raises: ValueError where there are no labels, or this kind of tower cannot mean them.
        """
        if not len(label):
            raise ValueError("there are no labels to fit a prior to")
        label, level = label.to(self.offset), level.to(self.offset)
        self.constant.fill_(self._best_constant(label))
        sizes = label.abs()[label != 0]
        # The median, because one mistyped amount would carry a mean away.
        self.offset.fill_(weighted_median(sizes, torch.ones_like(sizes)) / 2 if len(sizes) else 1)
        base = self._base(level)
        # The gradient is back below the head after its first step.
        self.head.weight.zero_()
        self.head.bias.fill_(self._prior(label, base))
        loss = self._loss(self._logit(self.constant, base).unsqueeze(1), label, base)
        # Where all labels are equal there is nothing to learn, and nothing to compare with.
        self.unit.fill_(loss.mean() if label.min() < label.max() else 1)

    def loss(
        self,
        logits: Float[Tensor, "batch logit"],
        label: Float[Tensor, " batch"],
        level: Float[Tensor, " batch"],
    ) -> Float[Tensor, " batch"]:
        """Compute the loss of each row, in units of the constant predictor's mean loss."""
        return self._loss(logits, label, self._base(level)) / self.unit

    def value(
        self, logits: Float[Tensor, "batch logit"], level: Float[Tensor, " batch"]
    ) -> Float[Tensor, "batch output"]:
        """Turn logits into predictions in the label's units, none below the floor.

        Outputs are what may be averaged over several models: a probability, an amount, a probability per class.
        """
        value = self._value(logits, self._base(level))
        return value if self.floor is None else value.clamp(min=self.floor)

    def _base(self, level: Tensor) -> Tensor:
        return level.clamp(min=0) + self.offset

    @abstractmethod
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        """Find the logit, the same for all rows, with the least loss."""

    @abstractmethod
    def _best_constant(self, label: Tensor) -> Tensor:
        """Find the prediction, the same for all rows, that a constant predictor would make."""

    @abstractmethod
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        """Compute the loss of each row [batch], finite for any finite label."""

    @abstractmethod
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        """Apply the link: [batch, logit] → [batch, output]."""

    @abstractmethod
    def _logit(self, value: Tensor, base: Tensor) -> Tensor:
        """Undo the link of one number: [] → [batch]."""
