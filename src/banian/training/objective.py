"""What is minimised on a micro-batch."""

from collections.abc import Collection, Mapping
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from banian.balancing import Losses, Part
from banian.batches import Batch
from banian.models import Model


@final
class Objective:
    """Turns micro-batches into the losses that a balance sees.

    `labels` says how many labels of each task a step holds on average. Dividing by that number, not by this step's own,
    gives each label the same say, also where most steps hold none. Losses are in units of the constant predictor's.
    """

    def __init__(self, model: Model, labels: Mapping[str, float]) -> None:
        self.tasks = tuple(sorted(labels))
        """The tasks that have labels, in the order of the task axis."""
        self._model = model
        self._per_step = labels
        self._none = torch.zeros((), device=next(model.parameters()).device)

    def part(self, grains: Mapping[str, Batch]) -> Part:
        """Make one micro-batch of every grain a part of an update."""
        return Part(self._share(grains), lambda wanted: self._lose(grains, wanted))

    def _share(self, grains: Mapping[str, Batch]) -> Float[Tensor, " task"]:
        share = dict.fromkeys(self.tasks, self._none)
        for batch in grains.values():
            for task, known in zip(batch.tasks, batch.mask.sum(dim=0), strict=True):
                if task in share:
                    share[task] = known / self._per_step[task]
        return torch.stack(list(share.values()))

    def _lose(self, grains: Mapping[str, Batch], wanted: Collection[int]) -> Losses:
        names = {self.tasks[at] for at in wanted}
        lost = dict.fromkeys(self.tasks, self._none)
        for batch in grains.values():
            if names.isdisjoint(batch.tasks):
                continue
            for task, loss in self._model.losses(batch, self._model(batch)).items():
                if task in lost:
                    lost[task] = loss.sum() / self._per_step[task]
        return Losses(list(lost.values()), self._none)


def shared_parameters(model: Model) -> list[nn.Parameter]:
    """List the parameters on which gradients can be in conflict: the dense ones outside the towers.

    The rows of an embedding table meet few labels each, and their gradients may be sparse: they are summed.
    """
    tables = {id(part.weight) for part in model.modules() if isinstance(part, nn.Embedding)}
    return [
        parameter
        for parameter in model.shared_parameters()
        if parameter.requires_grad and id(parameter) not in tables
    ]
