"""How good a model is on validation rows: what selection looks at, and what people look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor

from banian.batches import Batch
from banian.evaluation import measure
from banian.models import Model, TowerSpec, no_calibration, read_outcome

_ROWS_AT_ONCE = 512  # what fits into a core's cache: three times as fast as 16,384


@final
@dataclass(frozen=True)
class Score:
    """What the validation rows say."""

    losses: dict[str, float]
    """Task → its loss in units of the constant predictor's; lower is better."""
    metrics: dict[str, float]
    """Task → its headline metric."""

    @property
    def loss(self) -> float:
        """The mean over the tasks."""
        return sum(self.losses.values()) / len(self.losses)


@torch.no_grad()
def score_model(
    model: Model, grains: Mapping[str, Batch], towers: Mapping[str, TowerSpec]
) -> Score:
    """Score every task that has validation labels."""
    model.eval()
    losses: dict[str, float] = {}
    shown: dict[str, float] = {}
    for batch in grains.values():
        parts = [batch.rows(index) for index in torch.arange(len(batch)).split(_ROWS_AT_ONCE)]
        found = [model(part) for part in parts]
        logits = {task: torch.cat([one[task] for one in found]) for task in batch.tasks}
        loss = model.loss(batch, logits).sum(dim=0)
        values = model.values(batch, logits)
        for at, task in enumerate(batch.tasks):
            known = batch.mask[:, at]
            labels = int(known.sum())
            if labels:
                losses[task] = float(loss[at]) / labels
                shown[task] = _measure(towers[task], task, batch.rows(known), values[task][known])
    model.train()
    return Score(losses, shown)


def _measure(tower: TowerSpec, task: str, batch: Batch, values: Tensor) -> float:
    plain, label = no_calibration(tower), batch.label[:, batch.tasks.index(task)]
    said = values.double().cpu().numpy()
    outcome = read_outcome(
        tower,
        plain,
        plain.apply(said, np.zeros(len(said))),
        label.double().cpu().numpy(),
        batch.codes[task].cpu().numpy() if task in batch.codes else None,
    )
    return measure(tower.metric, *outcome.readings[tower.metric], np.ones(len(said)))
