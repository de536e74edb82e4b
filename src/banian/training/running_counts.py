"""How many rows and labels were seen, and in how many steps: what losses are divided by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

from jaxtyping import Float
from torch import Tensor

from banian.batches import Batch
from banian.models import Model
from banian.training.distillation import label_weight


@final
@dataclass(frozen=True)
class RunningCounts:
    """Counts that go on as rows come: all training rows at once before a fit, or those of each step where rows arrive.

    Args:
        steps: In how many steps the rows were seen.
        rows: How many rows there were, of all grains.
        labels: Task → the sum of the weights of its labels.
        grain_of: Task → its grain.

    """

    steps: float = 0.0
    rows: int = 0
    labels: Mapping[str, float] = field(default_factory=dict)
    grain_of: Mapping[str, str] = field(default_factory=dict)

    def add(
        self, model: Model, grains: Mapping[str, Batch], *, steps: float, distillation: float
    ) -> "RunningCounts":
        """Count more rows, and the steps in which they are seen.

        Args:
            model: Says how much each row counts in the loss of each task.
            grains: Grain → its rows.
            steps: In how many steps they are seen.
            distillation: How much a label counts that a teacher gave alone, see `label_weight`.

        """
        labels, grain_of = dict(self.labels), dict(self.grain_of)
        for grain, batch in sorted(grains.items()):
            for task, weight in weigh_labels(model, batch, distillation).items():
                labels[task] = labels.get(task, 0.0) + float(weight)
                grain_of[task] = grain
        rows = self.rows + sum(map(len, grains.values()))
        return RunningCounts(self.steps + steps, rows, labels, grain_of)

    @property
    def rows_per_step(self) -> float:
        """How many rows an average step has."""
        return self.rows / self.steps

    def labels_per_step(self, task: str) -> float:
        """Say what the labels of a task weigh in an average step."""
        return self.labels[task] / self.steps


def weigh_labels(model: Model, batch: Batch, distillation: float) -> dict[str, Float[Tensor, ""]]:
    """Sum the weights of a batch's labels, task by task; 0 where a task has none."""
    weight = label_weight(model, batch, distillation).sum(dim=0)
    return dict(zip(batch.tasks, weight.unbind(), strict=True))
