"""ESMM: a conditional task learns over the entire space, as a factor of the chain's probability.

Source: Ma et al., "Entire Space Multi-Task Model: An Effective Approach for Estimating Post-Click Conversion Rate",
SIGIR 2018, equations 1 and 3, for chains of any length.
"""

from collections.abc import Mapping, Sequence
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Batch
from banian.errors import LabelError
from banian.models.dependence.cross_entropy import product_cross_entropy
from banian.models.dependence.space import AbstractSpace, Losses
from banian.models.module_key import module_key


@final
class ESMM(AbstractSpace):
    """The loss of a conditional task is that of its chain's product: click and purchase, not purchase given click.

    The product's label is 0 as soon as a link is known not to have come true, the task's own label where all before
    came true, and else absent. Where a task's own labels are incomplete, the rows of broken chains would outnumber the
    others; they count by the share of labels that are known where the chain holds. With none missing that is 1, the
    paper's case.

    Args:
        chains: Conditional task → its chain, first task first, itself last.

    """

    def __init__(self, chains: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__()
        self.chains = dict(sorted(chains.items()))
        self._before = {task for chain in chains.values() for task in chain[:-1]}
        self.fitted = nn.ModuleDict({module_key(task): _Fitted() for task in self.chains})

    @override
    def weight(self, batch: Batch) -> Float[Tensor, "batch task"]:
        columns = [
            self._product(batch, task)[1] if task in self.chains else batch.label_weight[:, at]
            for at, task in enumerate(batch.tasks)
        ]
        return torch.stack(columns, dim=1)

    @override
    def losses(
        self, batch: Batch, logits: Mapping[str, Float[Tensor, "row _"]], own: Losses
    ) -> Losses:
        products = {
            task: self._loss(batch, task, [logits[step] for step in self.chains[task]])
            for task in batch.tasks
            if task in self.chains
        }
        return {**own, **products}

    @override
    @torch.no_grad()
    def fit_prior(self, batch: Batch) -> None:
        # Shorter chains first: longer ones are weighted by what is known of them.
        for task in sorted(self.chains, key=lambda task: len(self.chains[task])):
            if task in batch.tasks:
                self._fit_known(batch, task)
                self._fit_unit(batch, task)

    @override
    def reaches(self, task: str) -> bool:
        return task in self._before

    def of(self, task: str) -> "_Fitted":
        """Give what was fitted for a conditional task."""
        fitted = self.fitted[module_key(task)]
        assert isinstance(fitted, _Fitted)
        return fitted

    def _loss(self, batch: Batch, task: str, logits: Sequence[Tensor]) -> Tensor:
        label, weight = self._product(batch, task)
        members = logits[0].shape[0] // max(1, label.shape[0])
        steps = [logit.reshape(label.shape[0], members) for logit in logits]
        loss = product_cross_entropy(steps, label.unsqueeze(1)).mean(dim=1)
        return torch.where(weight > 0, weight * loss / self.of(task).unit, 0)

    def _fit_known(self, batch: Batch, task: str) -> None:
        before, weight = self._product(batch, self.chains[task][-2])
        through, at = (before == 1) & (weight > 0), batch.tasks.index(task)
        known = batch.mask[through, at]
        if not known.any():
            raise LabelError(
                f"Task {task!r} cannot learn over the entire space: no row with a label of it is "
                f"known to have come through {' and '.join(self.chains[task][:-1])}.",
                remedy="Leave `dependence: esmm` out, or give the tasks of the chain the same rows.",
            )
        counts = torch.ones_like(known) if batch.weight is None else batch.weight[through, at]
        share = (known * counts.double()).sum() / counts.double().sum()
        self.of(task).known.copy_(share)

    def _fit_unit(self, batch: Batch, task: str) -> None:
        label, weight = (column.double() for column in self._product(batch, task))
        rate = (label * weight).sum() / weight.sum()
        entropy = -torch.xlogy(rate, rate) - torch.xlogy(1 - rate, 1 - rate)
        self.of(task).unit.copy_(entropy if entropy > 0 else torch.ones_like(entropy))

    def _product(self, batch: Batch, task: str) -> tuple[Tensor, Tensor]:
        """Give the label of a chain's product, and how much each row counts."""
        first, *rest = self.chains.get(task, (task,))
        label, weight = self._label(batch, first)
        for step in rest:
            holds = (label == 1) & (weight > 0)
            own, is_known = self._label(batch, step)
            weight = torch.where(holds, is_known, weight * self.of(step).known)
            label = torch.where(holds, own, 0)
        if batch.weight is not None:  # the same for all tasks of a chain, but for its scale
            weight = weight * batch.weight[:, batch.tasks.index(task)]
        return label, weight

    def _label(self, batch: Batch, task: str) -> tuple[Tensor, Tensor]:
        column = batch.tasks.index(task)
        mask = batch.mask[:, column]
        return torch.where(mask, batch.label[:, column], 0), mask.to(batch.label)


@final
class _Fitted(nn.Module):
    """What the training rows say of a chain, in float64 as in a tower, so that it is stored exactly."""

    unit: Tensor
    """The mean loss of the best constant."""
    known: Tensor
    """The share of rows whose own label is known, where the chain holds."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("unit", torch.tensor(1.0, dtype=torch.float64))
        self.register_buffer("known", torch.tensor(1.0, dtype=torch.float64))
