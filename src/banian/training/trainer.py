"""The loop: it owns when, the step owns what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import torch

from banian.batches import Batch
from banian.models import Model
from banian.spec import Metric, TrainSpec
from banian.training.optimizer import build_optimizer
from banian.training.recorder import AbstractRecorder
from banian.training.sampler import MicroBatches
from banian.training.score import score_model
from banian.training.step import step

_SCORES_PER_EPOCH = (
    4  # overlapping cutoffs are near-copies: the best moment often lies within an epoch
)


@final
@dataclass(frozen=True)
class Schedule:
    """How long to train."""

    planned: int
    """Steps over which the step size decays."""
    taken: int
    """Steps after which training ends."""


def select_steps(
    model: Model,
    training: Mapping[str, Batch],
    valid: Mapping[str, Batch],
    metrics: Mapping[str, Metric],
    spec: TrainSpec,
    *,
    generator: torch.Generator,
    recorder: AbstractRecorder,
) -> Schedule:
    """Train until the validation score no longer falls; say after how many steps it was lowest."""
    batches = MicroBatches(training, rows=spec.batch_rows, generator=generator)
    planned = spec.epochs * batches.steps_per_epoch
    every = max(1, batches.steps_per_epoch // _SCORES_PER_EPOCH)
    patience = spec.patience * batches.steps_per_epoch
    best, best_at = score_model(model, valid, metrics).loss, 0
    loop = _Loop(model, training, spec, planned, batches)
    recorder.start("select", planned)
    for _ in range(spec.epochs):
        for grains in batches.epoch():
            loop.step(grains)
            recorder.step()
            if loop.done % every == 0 or loop.done == planned:
                found = score_model(model, valid, metrics)
                recorder.score(loop.done, found.metrics)
                if found.loss < best:
                    best, best_at = found.loss, loop.done
        if loop.done - best_at >= patience:
            break
    recorder.finish()
    return Schedule(planned, best_at)


def refit(
    model: Model,
    training: Mapping[str, Batch],
    schedule: Schedule,
    spec: TrainSpec,
    *,
    generator: torch.Generator,
    recorder: AbstractRecorder,
) -> None:
    """Train for the selected number of steps, along the same schedule."""
    batches = MicroBatches(training, rows=spec.batch_rows, generator=generator)
    loop = _Loop(model, training, spec, schedule.planned, batches)
    recorder.start("refit", schedule.taken)
    while loop.done < schedule.taken:
        for grains in batches.epoch():
            if loop.done == schedule.taken:
                break
            loop.step(grains)
            recorder.step()
    recorder.finish()
    model.eval()


class _Loop:
    """What one run of steps shares."""

    def __init__(
        self,
        model: Model,
        training: Mapping[str, Batch],
        spec: TrainSpec,
        planned: int,
        batches: MicroBatches,
    ) -> None:
        self.model = model.train()
        self.done = 0
        self.optimizer, self.decay = build_optimizer(model, spec, planned)
        counts = {
            task: int(batch.mask[:, at].sum()) / batches.steps_per_epoch
            for batch in training.values()
            for at, task in enumerate(batch.tasks)
        }
        self.labels = {task: count for task, count in counts.items() if count}

    def step(self, grains: Mapping[str, Batch]) -> None:
        step(self.model, self.optimizer, grains, self.labels)
        self.decay.step()
        self.done += 1
