"""Tasks, or groups of tasks, in turn."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn
from typing_extensions import override

from banian.balancing.base import AbstractBalance, Move, Update
from banian.balancing.micro_batch import MicroBatch, reduce_update


@final
class Alternating(AbstractBalance):
    """Each update serves one group of tasks: of those that are there, the one that has waited longest.

    Its tasks count as often as there are groups, so that over a round all count the same.

    Args:
        groups: For each task, the number of its group, counted from 0.

    """

    waited: Tensor

    def __init__(self, groups: Sequence[int]) -> None:
        super().__init__()
        self.groups = tuple(groups)
        """Per task, the number of its group."""
        self.register_buffer("waited", torch.zeros(max(groups) + 1, dtype=torch.long))

    @override
    def update(
        self, micro_batches: Sequence[MicroBatch], shared: Sequence[nn.Parameter], move: Move
    ) -> Update:
        _, _, share = reduce_update(micro_batches, torch.zeros_like(micro_batches[0].share))
        present = {self.groups[task] for task in share.nonzero().flatten().tolist()}
        turn = max(present, key=lambda group: (int(self.waited[group]), -group))
        chosen = [task for task, group in enumerate(self.groups) if group == turn]
        weight = torch.zeros_like(share)
        weight[chosen] = float(len(self.waited))
        loss = torch.zeros_like(share)
        for micro_batch in micro_batches:
            found = micro_batch.lose(chosen)
            values = torch.stack([found.values[task] for task in chosen])
            whole = (values * weight[chosen]).sum().div(len(share)) + found.penalty
            if whole.requires_grad:
                whole.backward()
            loss[chosen] += values.detach()
        _, losses, _ = reduce_update(micro_batches, loss)
        move()
        self.waited = self.waited + 1
        self.waited[turn] = 0
        return Update(losses, share * (weight > 0), weight)
