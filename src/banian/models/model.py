"""The network: encoders, sharing, towers; scenes, dependence and fusion between them."""

from collections.abc import Mapping, Sequence
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Batch
from banian.errors import LabelError
from banian.kinds import TowerState
from banian.models.batch_ensemble import MemberInput, repeat_for_members, split_members
from banian.models.dependence import AbstractSpace, AbstractTransfer
from banian.models.encoders import CategoricalEmbedding, EntitiesEncoder, TaskEncoder, join_rows
from banian.models.encoders.part_encoder import Prepared
from banian.models.fusion import Fusion
from banian.models.module_key import module_key
from banian.models.scenes import AbstractSceneInput
from banian.models.sharing import AbstractSharing
from banian.models.towers import AbstractTower

Logits = Mapping[str, Float[Tensor, "row logit"]]
"""Task → its logits, as many as its tower needs; of an ensemble, those of all members of a row next to each other."""
Losses = Mapping[str, Float[Tensor, " batch"]]
"""Task → the loss of every row."""
Values = Mapping[str, Float[Tensor, "batch output"]]
"""Task → its outputs in the units of its label, which averages over models may mix."""

Intervals = Mapping[str, Float[Tensor, "batch 2"]]
"""Task → lower and upper end, in the units of its label, of tasks whose tower predicts a distribution of numbers."""


@final
class Model(nn.Module):
    """Answers the tasks of every grain from batches of that grain.

    All grains share the encoders of entities and scenes and the sharing; a grain's tasks share its
    private encoder; a tower sees what the sharing made for its task beside the private vector.

    Where tasks have views, encoders of their own beside the shared ones, the sharing sees all views side
    by side, each with the scene. Where it is an ensemble, its members stand next to each other on the
    batch axis from the sharing to the logits: their losses and predictions are averaged.

    Args:
        entities: Encodes the entities of a row, for all tasks.
        scene: Encodes the scene of a row.
        scene_input: What scenes make of the encoded input.
        sharing: Maps the encoded input to one representation per task.
        transfer: What conditional tasks see of the tasks before them.
        private: Grain → the encoder that its tasks share beside that of all tasks.
        towers: Task → its tower.
        fusion: What the tasks of a grain learn from each other's logits.
        space: Over which rows the losses of conditional tasks are taken.
        views: Task → encoders of its own; empty where the sharing takes one input for all.
        members: How many members the ensemble has; 1 where it is none.
        specs: Task → what its tower was built by.

    """

    def __init__(
        self,
        *,
        entities: EntitiesEncoder,
        scene: CategoricalEmbedding,
        scene_input: AbstractSceneInput,
        sharing: AbstractSharing,
        transfer: AbstractTransfer,
        private: Mapping[str, EntitiesEncoder],
        towers: Mapping[str, AbstractTower],
        fusion: Fusion,
        space: AbstractSpace,
        views: Mapping[str, TaskEncoder],
        members: int,
        specs: Mapping[str, TowerState],
    ) -> None:
        super().__init__()
        self.specs = dict(specs)
        """Task → what its tower was built by, and its outputs are read by."""
        self.tasks = tuple(sorted(towers))
        """The task axis of the sharing."""
        self.entities = entities
        self.scene = scene
        self.scene_input = scene_input
        self.sharing: AbstractSharing = sharing
        self.transfer = transfer
        self.private = nn.ModuleDict(
            {module_key(grain): private[grain] for grain in sorted(private)}
        )
        self.towers = nn.ModuleDict({module_key(task): towers[task] for task in self.tasks})
        self.fusion = fusion
        self.space = space
        self.views = nn.ModuleDict({module_key(task): views[task] for task in sorted(views)})
        self.members = members
        dim = (1 + len(views)) * (entities.dim + scene.dim)
        self.spread: nn.Module = (
            nn.Identity() if members == 1 else MemberInput(dim, members=members)
        )

    @override
    def forward(self, batch: Batch) -> Logits:
        (logits,) = self.answer([batch])
        return logits

    def answer(self, batches: Sequence[Batch]) -> list[Logits]:
        """Answer several batches at once: what grains share reads all their rows in one pass."""
        rows = join_rows(batches, self.entities.names)
        prepared = self.entities.prepare(rows)
        views = [self.entities(rows, self.entities.embed(rows, prepared))]
        views += [view(rows, prepared) for view in self.views.values()]
        shared = self.share(views, rows.scene)
        parts = shared.split([size * self.members for size in rows.sizes])
        own = [rows.prepared_of(at, prepared) for at in range(len(batches))]
        return [
            self.add_item_history_bias(
                batch, self.tell(batch, part, self._encode_privately(batch, its))
            )
            for batch, part, its in zip(batches, parts, own, strict=True)
        ]

    def share(
        self, views: Sequence[Float[Tensor, "batch dim"]], scenes: Int[Tensor, " batch"]
    ) -> Float[Tensor, "row task width"]:
        """Compute what tasks see of encoded rows: the shared view first, then those of the tasks, if they have any."""
        scene = self.scene(scenes.unsqueeze(1))
        x = torch.cat([part for view in views for part in (view, scene)], dim=1)
        shared: Tensor = self.transfer(self.sharing(self.spread(self.scene_input(x, scenes))))
        return shared

    def tell(
        self,
        batch: Batch,
        shared: Float[Tensor, "row task width"],
        private: Float[Tensor, "batch dim"],
    ) -> Logits:
        """Compute the logits of a batch from what its tasks see and what they share beside it, from no item history."""
        at = repeat_for_members(batch.scene, self.members)
        private, by_task = repeat_for_members(private, self.members), shared.unbind(1)
        logits = {
            task: self.tower(task)(torch.cat([by_task[self.tasks.index(task)], private], dim=1), at)
            for task in self.fusion.needed(batch.tasks)
        }
        return self.fusion(logits, batch.tasks)

    def add_item_history_bias(self, batch: Batch, logits: Logits) -> Logits:
        """Add to the logits of tasks that rank items what each row's entity turned to before."""
        return {**logits} | {
            task: self.tower(task).add_item_history_bias(
                logits[task], repeat_for_members(items, self.members)
            )
            for task, items in batch.seen.items()
            if task in logits
        }

    def _encode_privately(self, batch: Batch, prepared: Mapping[str, Prepared]) -> Tensor:
        encoder = self.private_encoder(batch.grain)
        rows = join_rows([batch], encoder.names)
        private: Tensor = encoder(rows, encoder.embed(rows, prepared))
        return private

    def loss(self, batch: Batch, logits: Logits) -> Float[Tensor, "batch task"]:
        """Compute the loss of every row and task; where no label is known, 0 without a gradient.

        Over the entire space, a task's loss is that of its chain; `label_weight` says where.
        """
        return torch.stack(list(self.losses(batch, logits).values()), dim=1)

    def losses(self, batch: Batch, logits: Logits) -> Losses:
        """Compute the loss of every row, task by task, each in a graph of its own that can be differentiated alone."""
        return self.space.losses(batch, logits, self.own_losses(batch, logits))

    def own_losses(self, batch: Batch, logits: Logits) -> Losses:
        """Compute what each tower loses on its own labels by their weights, whatever space its task learns over."""
        levels = repeat_for_members(batch.level, self.members).unbind(1)
        own = {}
        for at, (task, level) in enumerate(zip(batch.tasks, levels, strict=True)):
            label = repeat_for_members(batch.truth(task), self.members)
            loss = self.tower(task).loss(logits[task], label, level)
            mean = split_members(loss, self.members).mean(dim=1)
            weighed = mean if batch.weight is None else batch.weight[:, at] * mean
            own[task] = torch.where(batch.mask[:, at], weighed, 0)
        return own

    def label_weight(self, batch: Batch) -> Float[Tensor, "batch task"]:
        """Say how much each row counts in each task's loss: 1, or its weight, where its label is known, else 0.

        Over the entire space, rows whose chain broke count too. A mean loss is the sum of the loss
        over the sum of these.
        """
        return self.space.weight(batch)

    def penalty(self) -> Float[Tensor, ""]:
        """Give what the sharing adds to the loss for the last pass in training, as a mean over its rows."""
        return self.sharing.penalty()

    def values(self, batch: Batch, logits: Logits) -> Values:
        """Turn logits into predictions in the units of each label."""
        values = {
            task: self.tower(task).value(logits[task], level)
            for task, level in self._levels(batch, logits)
        }
        return {
            task: split_members(value, self.members).mean(dim=1) for task, value in values.items()
        }

    def intervals(self, batch: Batch, logits: Logits, share: float) -> Intervals:
        """Bound the middle `share` of each predicted distribution of a number."""
        found = {
            task: self.tower(task).interval(logits[task], level, share)
            for task, level in self._levels(batch, logits)
        }
        return {
            task: split_members(ends, self.members).mean(dim=1)
            for task, ends in found.items()
            if ends is not None
        }

    def _levels(self, batch: Batch, logits: Logits) -> list[tuple[str, Tensor]]:
        """Give each task that has logits with the trailing level of every row."""
        levels = repeat_for_members(batch.level, self.members).unbind(1)
        named = zip(batch.tasks, levels, strict=True)
        return [(task, level) for task, level in named if task in logits]

    def fit_priors(self, batch: Batch) -> None:
        """Let the towers of a grain start at the priors of its training rows.

        Raises: LabelError where a task has no label, or labels that its kind cannot have.
        """
        for column, task in enumerate(batch.tasks):
            known = batch.mask[:, column]
            try:
                seen = batch.seen[task][known] if task in batch.seen else None
                self.tower(task).fit_prior(
                    batch.truth(task)[known],
                    batch.level[known, column],
                    seen,
                    None if batch.weight is None else batch.weight[known, column],
                )
            except ValueError as problem:
                raise LabelError(
                    f"Task {task!r} cannot start at its prior: {problem}.",
                    remedy="Correct the label of this task or its kind, or leave the task out.",
                ) from problem
        self.space.fit_prior(batch)

    def tower(self, task: str) -> AbstractTower:
        """Give the tower of a task."""
        tower = self.towers[module_key(task)]
        assert isinstance(tower, AbstractTower)
        return tower

    def private_encoder(self, grain: str) -> EntitiesEncoder:
        """Give the encoder that the tasks of a grain share beside that of all tasks."""
        encoder = self.private[module_key(grain)]
        assert isinstance(encoder, EntitiesEncoder)
        return encoder

    def shared_parameters(self) -> list[nn.Parameter]:
        """List all trained parameters that the losses of several tasks may reach.

        The private encoder of a grain is among them, since all tasks of that grain train it; tasks
        of other grains have no gradient there. Over the entire space, so is the tower of a task
        that another one is given.
        """
        own = {id(p) for task in self.tasks for p in self.task_parameters(task)}
        trained = (parameter for parameter in self.parameters() if parameter.requires_grad)
        return [parameter for parameter in trained if id(parameter) not in own]

    def sparse_parameters(self) -> list[nn.Parameter]:
        """List the tables whose gradients are sparse; though shared, they fit into no Jacobian."""
        parts = [part for part in self.modules() if isinstance(part, nn.Embedding) and part.sparse]
        return [parameter for part in parts for parameter in part.parameters()]

    def task_parameters(self, task: str) -> list[nn.Parameter]:
        """List the parameters that no other task's loss touches: a tower, a view, parts of the sharing."""
        if self.space.reaches(task):
            return []
        own = [*self.tower(task).parameters(), *self.transfer.task_parameters(task)]
        own += self.fusion.task_parameters(task)
        if not self.transfer.hands_on(task):
            own += self.sharing.task_parameters(task)
            if module_key(task) in self.views:
                own += self.views[module_key(task)].parameters()
        return own
