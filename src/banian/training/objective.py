"""What is minimised on a micro-batch."""

from collections.abc import Collection, Mapping, Sequence
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from banian.balancing import Losses, MicroBatch, Reduce, alone
from banian.batches import Batch
from banian.models import Model
from banian.spec import TrainSpec
from banian.training.adversary import RowLosses, attacked_losses
from banian.training.distillation import distilled_losses
from banian.training.embedding_l2 import half_square_length, table_modules, watch_tables
from banian.training.precision import logits_in
from banian.training.running_counts import RunningCounts, weigh_labels


@final
class Objective:
    """Turns micro-batches into the losses that a balance sees.

    Losses are summed over labels and divided by how many of them an average step holds, of all that were counted so
    far. Dividing by that number, not by this step's own, gives each label the same say, also where most steps hold
    none. Losses are in units of the constant predictor's. Penalties are sums over rows by the number of rows in an
    average step.

    Args:
        model: The network whose losses are taken.
        spec: How to train.
        counts: What was counted before the first step; its tasks with labels are the task axis from then on.
        reduce: Where the processes meet that make a step together; each counts the rows of all of them.

    """

    def __init__(
        self, model: Model, spec: TrainSpec, counts: RunningCounts, *, reduce: Reduce = alone
    ) -> None:
        self._model, self._spec, self._reduce = model, spec, reduce
        self._tables = table_modules(model) if spec.embedding_l2 else []
        self._none = torch.zeros((), device=next(model.parameters()).device)
        self.counts = counts
        """What losses are divided by; may be replaced between two steps, where rows go on arriving."""
        self.tasks = tuple(sorted(task for task, weight in counts.labels.items() if weight > 0))
        """The tasks that have labels, in the order of the task axis."""
        self.grain_of = {task: counts.grain_of[task] for task in self.tasks}
        """Task → its grain."""

    def micro_batch(self, grains: Mapping[str, Batch]) -> MicroBatch:
        """Make one batch of every grain a micro-batch that a balance can look at."""
        share = self._share(grains)
        return MicroBatch(share, lambda wanted: self._lose(grains, wanted), self._reduce)

    def _share(self, grains: Mapping[str, Batch]) -> Float[Tensor, " task"]:
        share = dict.fromkeys(self.tasks, self._none)
        for batch in grains.values():
            weights = weigh_labels(self._model, batch, self._spec.distillation)
            for task, weight in weights.items():
                if task in share:
                    share[task] = weight / self.counts.labels_per_step(task)
        return torch.stack(list(share.values()))

    def _lose(self, grains: Mapping[str, Batch], wanted: Collection[int]) -> Losses:
        names = {self.tasks[at] for at in wanted}
        lost, penalty = dict.fromkeys(self.tasks, self._none), self._none
        asked = [batch for batch in grains.values() if not names.isdisjoint(batch.tasks)]
        # An adversary moves the rows of one batch.
        passes = [[batch] for batch in asked] if self._spec.adversary else [asked]
        for batches in filter(None, passes):
            losses, own = self._look(batches)
            penalty = penalty + own.to(self._none) / self.counts.rows_per_step
            lost |= {
                task: loss.sum() / self.counts.labels_per_step(task)
                for task, loss in losses.items()
                if task in lost
            }
        return Losses([lost[task] for task in self.tasks], penalty)

    def _look(self, batches: Sequence[Batch]) -> tuple[RowLosses, Float[Tensor, ""]]:
        """Give the loss of every row of the batches, and the sum of the rows' penalties."""
        spec, model = self._spec, self._model
        rows = sum(map(len, batches))
        penalties: list[Tensor] = []

        def lose() -> RowLosses:
            with watch_tables(self._tables) as looked_up:
                answered = logits_in(spec.precision, model, batches)
            pull = spec.embedding_l2 * half_square_length(looked_up)
            penalties.append(pull + rows * model.penalty())
            losses: dict[str, Tensor] = {}
            for batch, logits in zip(batches, answered, strict=True):
                losses |= distilled_losses(model, batch, logits, spec.distillation)
            return losses

        losses = attacked_losses(model, spec.adversary, lose) if spec.adversary else lose()
        return losses, torch.stack(penalties).mean()


def shared_parameters(model: Model) -> list[nn.Parameter]:
    """List the parameters on which gradients can be in conflict: the dense ones that several tasks train.

    The rows of an embedding table meet few labels each, and their gradients may be sparse: they are summed.
    """
    tables = {id(table.weight) for table in table_modules(model)}
    return [
        parameter
        for parameter in model.shared_parameters()
        if parameter.requires_grad and id(parameter) not in tables
    ]
