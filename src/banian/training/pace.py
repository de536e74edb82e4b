"""How fast a network trains on this machine, tried on a few steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import process_time
from typing import final

import numpy as np
import torch

from banian.batches import Batch
from banian.examples import Examples, Roles
from banian.training.batch_rows import choose_batch_rows, with_batch_rows
from banian.training.fit import TrainingPlan
from banian.training.loop import Loop
from banian.training.reproducible import reproducible
from banian.training.sampler import MicroBatches
from banian.training.score import score_model
from banian.training.trainer import plan_steps

_WARM_UP, _TRIED = 2, 5
_SCORED = 4096
"""Rows of a grain that are scored to see how long that takes."""


@final
@dataclass(frozen=True)
class Pace:
    """What a network takes of one core.

    Args:
        step: Seconds of a step.
        score: Seconds of scoring all validation rows once.
        steps_per_epoch: Steps in which every training row is seen once.
        planned: Steps of a selection as the spec declares it, before any further cycle.

    """

    step: float
    score: float
    steps_per_epoch: int
    planned: int


@reproducible()
def measure_pace(examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan) -> Pace:
    """Train a network of a plan for a few steps, and forget it; the encoded rows stay in the plan's cache."""
    chosen = {grain: role.select for grain, role in roles.items()}
    valid = {grain: role.valid for grain, role in roles.items()}
    start = plan.begin(examples, chosen, valid, "select")
    model = start.new_model(plan.model, plan.grains, seed=plan.seed)
    rows = plan.train.batch_rows or choose_batch_rows(max(map(len, start.training.values())))
    spec = with_batch_rows(plan.train, rows)
    generator = torch.Generator().manual_seed(plan.seed)
    batches = MicroBatches(start.training, rows=rows, per_step=spec.accumulate, generator=generator)
    planned = plan_steps(spec, batches.steps_per_epoch)
    loop = Loop("select", model, start.training, spec, planned, batches, plan.model.balance)
    took = []
    for _ in range(_WARM_UP + _TRIED):
        began = process_time()
        loop.step()
        took.append(process_time() - began)
    few, share = _cut(start.valid)
    metrics = {
        t: tower.metric for grain in plan.grains.values() for t, tower in grain.tasks.items()
    }
    began = process_time()
    score_model(model, few, metrics)
    score = (process_time() - began) / share
    return Pace(float(np.median(took[_WARM_UP:])), score, batches.steps_per_epoch, planned)


def _cut(valid: Mapping[str, Batch]) -> tuple[dict[str, Batch], float]:
    """Give the first rows of each grain, and which share they are of all."""
    few = {
        grain: batch.rows(torch.arange(min(len(batch), _SCORED))) for grain, batch in valid.items()
    }
    return few, sum(map(len, few.values())) / max(1, sum(map(len, valid.values())))
