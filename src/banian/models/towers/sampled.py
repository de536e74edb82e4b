"""Which items come next, among very many.

Source: Yi et al., "Sampling-bias-corrected neural modeling for large corpus item recommendations", RecSys 2019, section
3 (softmax over the items of the batch, each corrected by how likely it is to be among them); Horvitz and Thompson,
Journal of the American Statistical Association 47, 1952 (why the corrected sum has the right mean).
"""

from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.models.towers.base import AbstractTower
from banian.models.towers.layer import AbstractTowerLayer
from banian.models.towers.ranking import SPANS, fit_again, listed, mean_listed, popularity

_DIM = 32
_AT_ONCE = 512  # rows whose scores of all items are held


@final
class SampledSoftmaxTower(AbstractTower):
    """Softmax over the known items and one more, all others together, learned on those items that a batch lists.

    The logits are a point in a space in which items have places; an item's score is the product of both and its own
    bias, plus what it is learned that items come again. In training the sum over all items is estimated from those of
    the batch; elsewhere it is exact. Labels are those of the listwise tower.

    Args:
        layer: The task's own layers below the head.
        items: How many items are known.

    """

    def __init__(self, layer: AbstractTowerLayer, *, items: int) -> None:
        super().__init__(layer, logits=_DIM, outputs=items + 1)
        self.places = nn.Embedding(items + 1, _DIM)
        nn.init.normal_(self.places.weight, std=_DIM**-0.5)
        self.bias = nn.Parameter(torch.zeros(items + 1))
        self.again = nn.Parameter(torch.zeros(SPANS))

    @override
    def add_item_history_bias(
        self, logits: Float[Tensor, "batch logit"], seen: Int[Tensor, "batch slot 2"]
    ) -> Float[Tensor, "batch wider"]:
        # What was seen goes along: it can only act where items are scored.
        return torch.cat([logits, seen.flatten(1).to(logits)], dim=1)

    @override
    def _fit_item_history_bias(self, label: Tensor, seen: Tensor) -> None:
        self.again.copy_(fit_again(label, seen, self.constant))

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        self.bias.copy_(self._best_constant(label).log())
        return label.new_zeros(_DIM)

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        return popularity(label, len(self.bias))

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        return label.new_zeros(len(label), _DIM)

    @override
    def _constant_loss(self, label: Tensor, base: Tensor) -> Tensor:
        items, there = listed(label, len(self.bias))
        return mean_listed(
            -self.constant.log()[items], there
        )  # without scoring all items for every row

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        if not self.training:
            pairs = zip(logits.split(_AT_ONCE), label.split(_AT_ONCE), strict=True)
            parts = [self._surprise(*pair, None) for pair in pairs]
            return torch.cat(parts) if parts else logits.new_zeros(0)
        items, there = listed(label, len(self.bias))
        return self._surprise(logits, label, items[there].unique())

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        return self._scores(logits, None).softmax(dim=1)

    def _surprise(self, logits: Tensor, label: Tensor, among: Tensor | None) -> Tensor:
        """Compute the loss of rows; the sum over all items is estimated from those `among` them, if any are named."""
        items, there = listed(label, len(self.bias))
        if among is not None and not len(among):
            return logits.sum(dim=1) * 0
        scores = self._scores(logits, among)
        place = (
            items if among is None else torch.searchsorted(among, items).clamp(max=len(among) - 1)
        )
        total = scores
        if among is not None:
            # An item of popularity p is among n listed ones with probability 1 − (1 − p)ⁿ.
            chance = -torch.expm1(there.sum() * torch.log1p(-self.constant[among]))
            total = scores - chance.log().to(scores)
        surprise = total.logsumexp(dim=1, keepdim=True) - scores.gather(1, place)
        return mean_listed(surprise, there)

    def _scores(self, logits: Tensor, among: Tensor | None) -> Tensor:
        """Score all items, or some [batch, item]."""
        at, seen = logits[:, :_DIM], logits[:, _DIM:].long().unflatten(1, (-1, 2))
        places = self.places.weight if among is None else self.places(among)
        bias = self.bias if among is None else self.bias[among]
        scores = at @ places.to(at).T + bias.to(at)
        items, spans = seen[:, :, 0].contiguous(), seen[:, :, 1]
        there = items >= 0
        if among is not None:
            found = torch.searchsorted(among, items).clamp(max=len(among) - 1)
            there = there & (among[found] == items)
            items = found
        raised = torch.where(there, self.again[spans.clamp(min=0)], 0).to(scores)
        spare = scores.new_zeros(
            scores.shape[0], scores.shape[1] + 1
        )  # a last column for absent ones
        place = torch.where(there, items, scores.shape[1])
        return scores + spare.scatter(1, place, raised)[:, :-1]
