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
from banian.models.towers import AbstractTower

Logits = Mapping[str, Float[Tensor, "batch logit"]]
"""Task → its logits, as many as its tower needs."""
Values = Mapping[str, Float[Tensor, "batch output"]]
"""Task → its outputs in the units of its label, which averages over models may mix."""


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
    ) -> None:
        super().__init__()
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
        return {
            task: self.tower(task)(torch.cat([x, private], dim=1), batch.scene)
            for task, x in seen.items()
        }

    def loss(self, batch: Batch, logits: Logits) -> Float[Tensor, "batch task"]:
        """Compute the loss of every row and task; where no label is known, 0 without a gradient."""
        # Fillers are replaced before the loss, so that not even a NaN among them has a gradient.
        label = torch.where(batch.mask, batch.label, 0)
        columns = zip(batch.tasks, label.unbind(1), batch.level.unbind(1), strict=True)
        losses = [self.tower(task).loss(logits[task], *column) for task, *column in columns]
        return torch.where(batch.mask, torch.stack(losses, dim=1), 0)

    def values(self, batch: Batch, logits: Logits) -> Values:
        """Turn logits into predictions in the units of each label."""
        levels = zip(batch.tasks, batch.level.unbind(1), strict=True)
        return {task: self.tower(task).value(logits[task], level) for task, level in levels}

    def fit_priors(self, batch: Batch) -> None:
        """Let the towers of a grain start at the priors of its training rows.

        Raises: LabelError where a task has no label, or labels that its kind cannot have.
        """
        for column, task in enumerate(batch.tasks):
            known = batch.mask[:, column]
            try:
                self.tower(task).fit_prior(batch.label[known, column], batch.level[known, column])
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

    def sparse_parameters(self) -> list[nn.Parameter]:
        """List the tables whose gradients are sparse; though shared, they fit into no Jacobian."""
        parts = [part for part in self.modules() if isinstance(part, nn.Embedding) and part.sparse]
        return [parameter for part in parts for parameter in part.parameters()]

    def task_parameters(self, task: str) -> list[nn.Parameter]:
        """List the parameters of a task's tower, which no other task touches."""
        return list(self.tower(task).parameters())
