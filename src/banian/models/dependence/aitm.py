"""AITM: the representation of a task is passed on to the tasks that are conditional on it.

Source: Xi et al., "Modeling the Sequential Dependence among Audience Multi-step Conversions with Multi-task Learning in
Targeted Display Advertising", KDD 2021 (the AIT module). Its calibrator, which penalises a later step that is more
probable than the one before, is left out: here a later step is predicted *given* the one before, and the product of
their probabilities cannot exceed any of them.
"""

import math
from collections.abc import Mapping, Sequence
from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.dependence.transfer import AbstractTransfer
from banian.models.dropout import Dropout
from banian.models.module_key import module_key
from banian.predictions import chain_of


@final
class AITM(AbstractTransfer):
    """Along every chain, a task attends to the representation of the task before and to its own.

    The first task of a chain, and tasks outside chains, pass unchanged.

    Args:
        tasks: Names of the tasks, in the order of the task axis.
        given: Conditional task → the task that it is given.
        width: Units of what a tower sees.
        dropout: Probability that a unit is zeroed in training.

    """

    def __init__(
        self, tasks: Sequence[str], given: Mapping[str, str], *, width: int, dropout: float
    ) -> None:
        super().__init__()
        self.tasks = tuple(tasks)
        self.given = dict(given)
        # A task comes after the one that it is given; names decide among equals.
        self._order = sorted(given, key=lambda task: (len(chain_of(task, given)), task))
        self.links = nn.ModuleDict(
            {module_key(task): Link(width, dropout=dropout) for task in self._order}
        )

    @override
    def forward(self, x: Float[Tensor, "batch task width"]) -> Float[Tensor, "batch task width"]:
        seen = dict(zip(self.tasks, x.unbind(1), strict=True))
        for task in self._order:
            seen[task] = self.links[module_key(task)](seen[self.given[task]], seen[task])
        return torch.stack([seen[task] for task in self.tasks], dim=1)

    @override
    def task_parameters(self, task: str) -> list[nn.Parameter]:
        if task not in self.given or self.hands_on(task):  # the tasks after it train its link too
            return []
        return list(self.links[module_key(task)].parameters())

    @override
    def hands_on(self, task: str) -> bool:
        return task in self.given.values()


@final
class Link(nn.Module):
    """One step of a chain: attention over the representation passed on and the task's own.

    Args:
        width: Units of the representations.
        dropout: Probability that a unit is zeroed in training.

    """

    def __init__(self, width: int, *, dropout: float) -> None:
        super().__init__()
        self.transfer = nn.Linear(width, width)
        self.project = nn.Linear(width, 3 * width)  # h₁, h₂ and h₃ in one product
        self.dropout = Dropout(dropout)

    @override
    def forward(
        self, before: Float[Tensor, "batch width"], own: Float[Tensor, "batch width"]
    ) -> Float[Tensor, "batch width"]:
        handed: Tensor = F.relu(self.dropout(self.transfer(before)), inplace=True)
        both = torch.stack([handed, own], dim=1)
        value, key, query = self.project(both).chunk(3, dim=2)
        match = (key * query).sum(dim=2) / math.sqrt(both.shape[2])
        return (match.softmax(dim=1).unsqueeze(2) * value).sum(dim=1)
