"""How good a model is on validation rows: what selection looks at, and what people look at."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor

from banian.batches import Batch
from banian.evaluation import Outcome, higher_is_better, measure
from banian.kinds import TowerState, build_kind
from banian.models import Model
from banian.predictions import Bounds, fit_bounds
from banian.spec import Metric

_MOST_NUMBERS = 16_000_000
"""Outputs that are kept of a task; of more, such as scores of many items, only what metrics read."""
_ROWS_AT_ONCE = 512  # what fits into a core's cache: three times as fast as 16,384


@final
@dataclass(frozen=True, eq=False)
class Score:
    """The scores of a model on the validation rows."""

    losses: dict[str, float]
    """Task → its loss in units of the constant predictor's; lower is better."""
    metrics: dict[str, float]
    """Task → its headline metric, of numbers that are believed: a mistyped one would choose the moment alone."""
    faults: dict[str, float]
    """Task → what selection wants least of: its metric where lower is better, else minus it; its loss where the metric
    is undefined."""
    values: dict[str, Tensor]
    """Task → what the model says of the rows whose label is known [row, output]; not of tasks with too many outputs."""

    @property
    def loss(self) -> float:
        """The mean over the tasks."""
        return sum(self.losses.values()) / len(self.losses)


@torch.no_grad()
def score_model(model: Model, grains: Mapping[str, Batch], metrics: Mapping[str, Metric]) -> Score:
    """Score every task that has validation labels."""
    model.eval()
    losses: dict[str, float] = {}
    shown: dict[str, float] = {}
    faults: dict[str, float] = {}
    heard: dict[str, Tensor] = {}
    for batch in grains.values():
        total = batch.level.new_zeros(len(batch.tasks))
        outcomes: dict[str, list[Outcome]] = {task: [] for task in batch.tasks}
        said: dict[str, list[Tensor]] = {task: [] for task in batch.tasks}
        bounds = {task: _bounds(batch, at) for at, task in enumerate(batch.tasks)}
        for index in torch.arange(len(batch)).split(_ROWS_AT_ONCE):
            rows = batch.rows(index)
            logits = model(rows)
            total += model.loss(rows, logits).sum(dim=0)
            for at, (task, values) in enumerate(model.values(rows, logits).items()):
                found = _outcome(model.specs[task], task, rows, values, bounds[task])
                outcomes[task].append(found)
                if keeps_values(values.shape[1], len(batch)):
                    said[task].append(values[rows.mask[:, at]].cpu())
        weight = model.label_weight(batch).sum(dim=0)
        for at, task in enumerate(batch.tasks):
            labels = int(batch.mask[:, at].sum())
            if labels:
                losses[task] = float(total[at] / weight[at])
                reading = Outcome.chain(outcomes[task]).readings[metrics[task]]
                known, counts = batch.mask[:, at], batch.label_weight[:, at]
                shown[task] = measure(metrics[task], *reading, counts[known].double().cpu().numpy())
                sign = -1 if higher_is_better(metrics[task]) else 1
                faults[task] = losses[task] if math.isnan(shown[task]) else sign * shown[task]
                if said[task]:
                    heard[task] = torch.cat(said[task])
    model.train()
    return Score(losses, shown, faults, heard)


def keeps_values(outputs: int, rows: int) -> bool:
    """Say whether so many outputs of so many rows are kept, so that predictors can be compared on them."""
    return outputs * rows <= _MOST_NUMBERS


def _bounds(batch: Batch, at: int) -> Bounds:
    known = batch.mask[:, at]
    label, level = (numbers[known, at].cpu().numpy() for numbers in (batch.label, batch.level))
    return fit_bounds(label, level)


def _outcome(tower: TowerState, task: str, rows: Batch, values: Tensor, bounds: Bounds) -> Outcome:
    """Read what metrics need at once: the outputs of all rows might not fit into memory."""
    at = rows.tasks.index(task)
    known, kind = rows.mask[:, at], build_kind(tower.kind)
    plain = kind.plain_calibration(tower)
    said = values[known].double().cpu().numpy()
    answer = plain.apply(said, np.zeros(len(said)))
    if task in rows.had:
        answer = answer.without(rows.had[task][known].cpu().numpy())
    return kind.read_believed(
        tower,
        plain,
        answer,
        rows.label[known, at].double().cpu().numpy(),
        rows.codes[task][known].cpu().numpy() if task in rows.codes else None,
        bounds,
    )
