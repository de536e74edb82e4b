"""The two phases: the trainer owns when, the step owns what."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import final

import torch

from banian.batches import Batch
from banian.models import Model
from banian.spec import Metric, TrainSpec
from banian.training.checkpoints import NO_CHECKPOINTS, AbstractCheckpoints
from banian.training.loop import Loop
from banian.training.recorder import AbstractRecorder
from banian.training.sampler import MicroBatches
from banian.training.score import score_model
from banian.training.state import TrainingState

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
    checkpoints: AbstractCheckpoints = NO_CHECKPOINTS,
    state: TrainingState | None = None,
) -> Schedule:
    """Train until the validation score no longer falls; say after how many steps it was lowest.

    With a `state` of this phase, go on from there.
    """
    batches = MicroBatches(training, rows=spec.batch_rows, generator=generator)
    epoch, planned = batches.steps_per_epoch, spec.epochs * batches.steps_per_epoch
    every = max(1, epoch // _SCORES_PER_EPOCH)
    loop = Loop("select", model, training, spec, planned, batches)
    if state is None:
        best, best_at = score_model(model, valid, metrics).loss, 0
    else:
        loop.thaw(state)
        best, best_at = state.facts["best"], state.facts["best_at"]
    recorder.start("select", planned, loop.done)
    while loop.done < planned:
        loop.step()
        recorder.step()
        if loop.done % every == 0 or loop.done == planned:
            found = score_model(model, valid, metrics)
            recorder.score(loop.tell(found))
            if found.loss < best:
                best, best_at = found.loss, loop.done
        if loop.done % epoch == 0 and loop.done - best_at >= spec.patience * epoch:
            break
        checkpoints.offer(partial(loop.freeze, best=best, best_at=best_at))
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
    checkpoints: AbstractCheckpoints = NO_CHECKPOINTS,
    state: TrainingState | None = None,
) -> None:
    """Train for the selected number of steps, along the same schedule.

    With a `state` of this phase, go on from there.
    """
    batches = MicroBatches(training, rows=spec.batch_rows, generator=generator)
    loop = Loop("refit", model, training, spec, schedule.planned, batches)
    facts = {"schedule": asdict(schedule)}
    if state is None:
        checkpoints.keep(loop.freeze(**facts))
    else:
        loop.thaw(state)
    recorder.start("refit", schedule.taken, loop.done)
    while loop.done < schedule.taken:
        loop.step()
        recorder.step()
        if loop.done % batches.steps_per_epoch == 0 or loop.done == schedule.taken:
            recorder.score(loop.tell(None))
        if loop.done == schedule.taken:
            checkpoints.keep(loop.freeze(**facts))
        else:
            checkpoints.offer(partial(loop.freeze, **facts))
    recorder.finish()
    model.eval()
