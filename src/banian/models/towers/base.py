"""The contract of all towers."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.models.batch_ensemble import MemberLinear
from banian.models.towers.layer import AbstractTowerLayer
from banian.predictions import Around, Bounds, count_copies, fit_bounds, fit_offset


class AbstractTower(nn.Module, ABC):
    """One task's own layers, its prior, its loss, and its link from logits to the units of the label.

    A tower is its layer, which may depend on the scene, and then its head, a linear map to as many logits as the
    kind needs.

    Losses are in units of the constant predictor's: 1 is as good as the best prediction that is the same for all
    rows, which makes the losses of different tasks comparable. Labels far from zero are seen relative to a
    *base*, the entity's trailing level plus an offset that keeps it positive.

    Losses of densities, which have no zero of their own, are deviances: twice the log-likelihood that is missing to a
    model which knows every label and has the spread of the constant predictor (McCullagh and Nelder, "Generalized
    Linear Models", 2nd edition, 1989, section 2.3).

    Args:
        layer: The task's own layers below the head.
        floor: No prediction lies below it, in the label's unit; None where there is no such bound.
        logits: How many logits the head gives.
        outputs: How many numbers a prediction consists of.

    """

    around: Around | None = None
    """What labels that are numbers scatter around, as the loss sees it; None where they are truths, codes or grades."""
    head: nn.Linear | MemberLinear
    offset: Tensor
    bounds: Tensor
    """How far labels and levels are believed: lowest and highest label, highest level, level of the heaviest rows."""
    unit: Tensor
    constant: Tensor
    """Of a constant predictor, its outputs [output]."""

    def __init__(
        self,
        layer: AbstractTowerLayer,
        *,
        floor: float | None = None,
        logits: int = 1,
        outputs: int = 1,
    ) -> None:
        super().__init__()
        self.layer = layer
        self.head = nn.Linear(layer.width, logits)
        self.floor = floor
        # Buffers in float64: they are stored exactly, and do not promote a float32 model.
        self.register_buffer("offset", torch.tensor(1.0, dtype=torch.float64))
        self.register_buffer("unit", torch.tensor(1.0, dtype=torch.float64))
        self.register_buffer("bounds", _stack(Bounds()))
        self.register_buffer("constant", torch.zeros(outputs, dtype=torch.float64))

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"], scene: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch logit"]:
        logits: Tensor = self.head(self.layer(x, scene))
        return logits

    def add_item_history_bias(
        self, logits: Float[Tensor, "batch logit"], seen: Int[Tensor, "batch slot 2"]
    ) -> Float[Tensor, "batch wider"]:
        """Add to the logits of items that the row's entity turned to before; `seen` holds (code or −1, span) each."""
        del seen  # of use only where items are ranked
        return logits

    @torch.no_grad()
    def fit_prior(
        self,
        label: Float[Tensor, "batch *part"],
        level: Float[Tensor, " batch"],
        seen: Int[Tensor, "batch slot 2"] | None = None,
        weight: Float[Tensor, " batch"] | None = None,
    ) -> None:
        """Set the tower to its prior: the best prediction that looks at no feature.

        Rows count by their weights, but for the bounds: what is believed does not get truer where it counts more.

        Sets the bounds to what is believed of these labels and levels, and of what is believed the offset to what makes
        the labels likeliest, the constant to what a constant predictor says, and the unit to its mean loss.

        Raises: ValueError where there are no labels, or this kind of tower cannot mean them.
        """
        if not len(label):
            raise ValueError("there are no labels to fit a prior to")
        self._refuse(label)
        label, level = label.to(self.offset), level.to(self.offset)
        if self.around is not None:
            found = fit_bounds(_first(label).cpu().numpy(), level.cpu().numpy())
            self.bounds.copy_(_stack(found))
            label, level = self._believed(label), torch.minimum(level, self.bounds[2])
        self._fit_least(label)
        if weight is not None:
            along = _first(label).cpu().numpy()
            copies = torch.from_numpy(count_copies(weight.double().cpu().numpy(), along))
            index = torch.arange(len(label)).repeat_interleave(copies).to(label.device)
            label, level = label[index], level[index]
            seen = None if seen is None else seen[index]
        if self.around is not None:
            numbers = _first(label).cpu().numpy(), level.cpu().numpy()
            self.offset.fill_(fit_offset(*numbers, self.around))
        self.constant.copy_(self._best_constant(label))
        base = self._base(level)
        self._fit_spread(label)
        # The gradient is back below the head after its first step.
        self.head.weight.zero_()
        self.head.bias.copy_(self._prior(label, base))
        loss = self._constant_loss(label, base)
        # Where all labels are equal there is nothing to learn, and nothing to compare with.
        self.unit.fill_(loss.mean() if (label != label[0]).any() else 1)
        if seen is not None:
            self._fit_item_history_bias(label, seen)

    def loss(
        self,
        logits: Float[Tensor, "batch logit"],
        label: Float[Tensor, "batch *part"],
        level: Float[Tensor, " batch"],
    ) -> Float[Tensor, " batch"]:
        """Compute the loss of each row, in units of the constant predictor's mean loss."""
        return self._loss(logits, self._believed(label), self._base(level)) / self.unit

    def value(
        self, logits: Float[Tensor, "batch logit"], level: Float[Tensor, " batch"]
    ) -> Float[Tensor, "batch output"]:
        """Turn logits into predictions in the label's units, none below the floor.

        Outputs are what may be averaged over several models: a probability, an amount, a probability per class.
        """
        return self._floored(self._value(logits, self._base(level)))

    def interval(
        self, logits: Float[Tensor, "batch logit"], level: Float[Tensor, " batch"], share: float
    ) -> Float[Tensor, "batch 2"] | None:
        """Bound the middle `share` of the predicted distribution of a number: lower, upper.

        None where the tower predicts a single number, or probabilities, which say it all.
        """
        base = self._base(level)
        ends = [self._quantile(logits, base, rank) for rank in ((1 - share) / 2, (1 + share) / 2)]
        known = [end for end in ends if end is not None]
        return self._floored(torch.stack(known, dim=1)) if known else None

    def _base(self, level: Tensor) -> Tensor:
        return torch.minimum(level.clamp(min=0), self.bounds[2]) + self.offset

    def _believed(self, label: Tensor) -> Tensor:
        """Clip labels to the bounds; of labels with several parts, the first part."""
        if self.around is None:
            return label
        near = torch.minimum(torch.maximum(_first(label), self.bounds[0]), self.bounds[1])
        return near if label.ndim == 1 else torch.cat([near.unsqueeze(1), label[:, 1:]], dim=1)

    def _trust(self, base: Tensor) -> Tensor:
        """Compute the factor of weights that grow with the base, so that no row weighs more than the heavy ones."""
        return ((self.bounds[3] + self.offset) / base).clamp(max=1)

    def _floored(self, value: Tensor) -> Tensor:
        return value if self.floor is None else value.clamp(min=self.floor)

    def _constant_loss(self, label: Tensor, base: Tensor) -> Tensor:
        """Compute what the constant predictor loses on each row [batch]."""
        return self._loss(self._constant_logits(label, base), label, base)

    def _refuse(self, label: Tensor) -> None:
        """Refuse labels that this kind of tower cannot mean.

        Raises: ValueError: what they are, and what to do.
        """
        del label

    def _fit_least(self, label: Tensor) -> None:
        """Fit the least amount above 0 that is believed, where labels are seen on a logarithmic scale."""
        del label

    def _fit_spread(self, label: Tensor) -> None:
        """Fit the spread of the constant predictor, where the loss needs it."""
        del label

    def _fit_item_history_bias(self, label: Tensor, seen: Tensor) -> None:
        """Fit by how much the logits of items rise that the entity turned to before."""
        del label, seen

    def _quantile(self, logits: Tensor, base: Tensor, rank: float) -> Tensor | None:
        """Find the number below which a `rank` of the predicted distribution lies [batch]."""
        del logits, base, rank
        return None

    @abstractmethod
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        """Find the logits [logit], the same for all rows, with the least loss."""

    @abstractmethod
    def _best_constant(self, label: Tensor) -> Tensor:
        """Find the outputs [output], the same for all rows, that a constant predictor would give."""

    @abstractmethod
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        """Find the logits [batch, logit] of the constant predictor that fits these labels best."""

    @abstractmethod
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        """Compute the loss of each row [batch], finite for any finite label."""

    @abstractmethod
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        """Apply the link: [batch, logit] → [batch, output]."""


def _stack(bounds: Bounds) -> Float64[Tensor, " 4"]:
    ends = (bounds.lowest, bounds.highest, bounds.level, bounds.heavy)
    return torch.tensor(ends, dtype=torch.float64)


def _first(label: Float[Tensor, "batch *part"]) -> Float[Tensor, " batch"]:
    return label if label.ndim == 1 else label[:, 0]
