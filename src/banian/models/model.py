"""The network: encoders, sharing, towers."""

from collections.abc import Mapping
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Batch
from banian.errors import LabelError
from banian.models.encoders import CategoricalEmbedding, EntitiesEncoder
from banian.models.sharing import AbstractSharing
from banian.models.slot import slot
from banian.models.towers import AbstractTower, TowerSpec

Logits = Mapping[str, Float[Tensor, "batch logit"]]
"""Task → its logits, as many as its tower needs."""
Values = Mapping[str, Float[Tensor, "batch output"]]
"""Task → its outputs in the units of its label, which averages over models may mix."""

Intervals = Mapping[str, Float[Tensor, "batch 2"]]
"""Task → lower and upper end, in the units of its label, of tasks whose tower predicts a distribution of numbers."""


@final
class Model(nn.Module):
    """Answers the tasks of every grain from batches of that grain.

    All grains share the encoders of entities and scenes and the sharing; a grain's tasks share its
    private encoder; a tower sees what the sharing made for its task beside the private vector.
    """

    def __init__(
        self,
        *,
        entities: EntitiesEncoder,
        scene: CategoricalEmbedding,
        sharing: AbstractSharing,
        private: Mapping[str, EntitiesEncoder],
        towers: Mapping[str, AbstractTower],
        specs: Mapping[str, TowerSpec],
    ) -> None:
        super().__init__()
        self.specs = dict(specs)
        """Task → what its tower was built by, and its outputs are read by."""
        self.tasks = tuple(sorted(towers))
        """The task axis of the sharing."""
        self.entities = entities
        self.scene = scene
        self.sharing = sharing
        self.private = nn.ModuleDict({slot(grain): private[grain] for grain in sorted(private)})
        self.towers = nn.ModuleDict({slot(task): towers[task] for task in self.tasks})

    @override
    def forward(self, batch: Batch) -> Logits:
        scene = self.scene(batch.scene.unsqueeze(1))
        shared = self.sharing(torch.cat([self.entities(batch), scene], dim=1), batch.scene)
        private = self.private[slot(batch.grain)](batch)
        seen = {task: shared[:, self.tasks.index(task)] for task in batch.tasks}
        logits = {
            task: self.tower(task)(torch.cat([x, private], dim=1), batch.scene)
            for task, x in seen.items()
        }
        return logits | {
            task: self.tower(task).recall(logits[task], items) for task, items in batch.seen.items()
        }

    def loss(self, batch: Batch, logits: Logits) -> Float[Tensor, "batch task"]:
        """Compute the loss of every row and task; where no label is known, 0 without a gradient."""
        losses = [
            self.tower(task).loss(logits[task], batch.truth(task), level)
            for task, level in zip(batch.tasks, batch.level.unbind(1), strict=True)
        ]
        return torch.where(batch.mask, torch.stack(losses, dim=1), 0)

    def values(self, batch: Batch, logits: Logits) -> Values:
        """Turn logits into predictions in the units of each label."""
        levels = zip(batch.tasks, batch.level.unbind(1), strict=True)
        return {task: self.tower(task).value(logits[task], level) for task, level in levels}

    def intervals(self, batch: Batch, logits: Logits, share: float) -> Intervals:
        """Bound the middle `share` of each predicted distribution of a number."""
        levels = zip(batch.tasks, batch.level.unbind(1), strict=True)
        found = {
            task: self.tower(task).interval(logits[task], level, share) for task, level in levels
        }
        return {task: ends for task, ends in found.items() if ends is not None}

    def fit_priors(self, batch: Batch) -> None:
        """Let the towers of a grain start at the priors of its training rows.

        Raises: LabelError where a task has no label, or labels that its kind cannot have.
        """
        for column, task in enumerate(batch.tasks):
            known = batch.mask[:, column]
            try:
                seen = batch.seen[task][known] if task in batch.seen else None
                self.tower(task).fit_prior(
                    batch.truth(task)[known], batch.level[known, column], seen
                )
            except ValueError as problem:
                raise LabelError(
                    f"Task {task!r} cannot start at its prior: {problem}.",
                    remedy="Correct the label of this task or its kind, or leave the task out.",
                ) from problem

    def tower(self, task: str) -> AbstractTower:
        """Give the tower of a task."""
        tower = self.towers[slot(task)]
        assert isinstance(tower, AbstractTower)
        return tower

    def shared_parameters(self) -> list[nn.Parameter]:
        """List all parameters outside the towers.

        The private encoder of a grain is among them, since all tasks of that grain train it; tasks
        of other grains have no gradient there.
        """
        parts = (self.entities, self.scene, self.sharing, self.private)
        return [parameter for part in parts for parameter in part.parameters()]

    def task_parameters(self, task: str) -> list[nn.Parameter]:
        """List the parameters of a task's tower, which no other task touches."""
        return list(self.tower(task).parameters())
