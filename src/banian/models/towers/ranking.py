"""Which items come next, among all that are known.

Source: Liang, Krishnan, Hoffman and Jebara, "Variational Autoencoders for Collaborative Filtering", WWW 2018, equation
2 (the multinomial likelihood of a list, here divided by its length, so that every row counts the same).
"""

from typing import final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.models.towers.base import AbstractTower
from banian.models.towers.layer import AbstractTowerLayer
from banian.models.towers.minimize import minimize

SPANS = 3
"""How long ago an item may last have been seen: within the label's window mirrored, 4 or 16 times that."""

_ROWS = 10_000
_MOST_RAISED = 12.0  # where items of a span always come again, or never, no number would be enough
_HARDLY = 0.01
"""Of a list: less than any item has that is in one."""


@final
class SoftmaxTower(AbstractTower):
    """Listwise softmax over the known items and one more, all others together.

    Labels are how many items there are, then their codes, -1 behind the last; with as many items as are known, the
    code of the others is their number. Items that the row's entity turned to before are raised by what it is learned
    that they come again, the more so the more recently.

    Args:
        layer: The task's own layers below the head.
        items: How many items are known.

    """

    def __init__(self, layer: AbstractTowerLayer, *, items: int) -> None:
        super().__init__(layer, logits=items + 1, outputs=items + 1)
        self.again = nn.Parameter(torch.zeros(SPANS))

    @override
    def add_item_history_bias(
        self, logits: Float[Tensor, "batch logit"], seen: Int[Tensor, "batch slot 2"]
    ) -> Float[Tensor, "batch logit"]:
        items, spans = seen.unbind(2)
        there = items >= 0
        raised = torch.where(there, self.again[spans.clamp(min=0).long()], 0).to(logits)
        # Absent ones go to the unknown items, which are never among those that were seen.
        place = torch.where(there, items, logits.shape[1] - 1).long()
        return logits + torch.zeros_like(logits).scatter(1, place, raised)

    @override
    def _fit_item_history_bias(self, label: Tensor, seen: Tensor) -> None:
        self.again.copy_(fit_again(label, seen, self.constant))

    @override
    def _prior(self, label: Tensor, base: Tensor) -> Tensor:
        return self._best_constant(label).log()

    @override
    def _best_constant(self, label: Tensor) -> Tensor:
        return popularity(label, len(self.constant))

    @override
    def _constant_logits(self, label: Tensor, base: Tensor) -> Tensor:
        return self._best_constant(label).log().expand(len(label), -1)

    @override
    def _loss(self, logits: Tensor, label: Tensor, base: Tensor) -> Tensor:
        items, there = listed(label, len(self.constant))
        surprise = logits.logsumexp(dim=1, keepdim=True) - logits.gather(1, items)
        return mean_listed(surprise, there)

    @override
    def _value(self, logits: Tensor, base: Tensor) -> Tensor:
        return logits.softmax(dim=1)


def listed(
    label: Float[Tensor, "batch part"], items: int
) -> tuple[Int[Tensor, "batch slot"], Bool[Tensor, "batch slot"]]:
    """Split labels into the codes of each row's items and a mask: true where there is an item."""
    codes = label[:, 1:].long()
    return codes.clamp(0, items - 1), codes >= 0


def mean_listed(
    surprise: Float[Tensor, "batch slot"], there: Bool[Tensor, "batch slot"]
) -> Float[Tensor, " batch"]:
    """Average over each row's items where the mask is true; 0 for a row without any."""
    return torch.where(there, surprise, 0).sum(dim=1) / there.sum(dim=1).clamp(min=1)


def popularity(label: Float[Tensor, "batch part"], items: int) -> Float[Tensor, " output"]:
    """Compute the share of each item in the lists, every list counting the same; a little for items in no list.

    That is the constant distribution with the least loss.
    """
    codes, there = listed(label, items)
    weight = there.to(label) / there.sum(dim=1, keepdim=True).clamp(min=1)
    counts = codes[there].bincount(weights=weight[there], minlength=items).to(label)
    counts = counts.clamp(min=_HARDLY)
    return counts / counts.sum()


def fit_again(
    label: Float[Tensor, "batch part"],
    seen: Int[Tensor, "batch slot 2"],
    share: Float[Tensor, " output"],
) -> Float[Tensor, " span"]:
    """Fit, for each span, what to add to the logits of the items last seen in it, all others being at their share.

    A few hundred steps of training would hardly move them from 0 to where they belong.
    """
    every = max(1, len(label) // _ROWS)  # of many rows some are enough
    codes, there = listed(label[::every], len(share))
    items, spans = seen[::every].unbind(2)
    known = items >= 0
    mass = torch.where(known, share[items.clamp(min=0)], 0)
    again = (codes.unsqueeze(2) == items.unsqueeze(1)) & known.unsqueeze(1)
    of_span = [(again & (spans == span).unsqueeze(1)).any(dim=2) & there for span in range(SPANS)]
    came = torch.stack([mean_listed(one.to(share), there) for one in of_span], dim=1)
    inside = torch.stack(
        [torch.where(spans == span, mass, 0).sum(dim=1) for span in range(SPANS)], dim=1
    )

    def surprise(by: Tensor) -> Tensor:
        # Shares sum to 1, and what is raised adds to that.
        total = (1 + inside @ by.exp().sub(1)).log()
        return (total - came @ by).mean()

    return minimize(surprise, share.new_zeros(SPANS)).clamp(-_MOST_RAISED, _MOST_RAISED)
