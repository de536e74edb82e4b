"""The two phases: the trainer owns when, the step owns what."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor

from banian.batches import Batch
from banian.models import Model
from banian.spec import EQUAL, BalanceSpec, Metric, TrainSpec
from banian.training.batch_rows import choose_batch_rows, use_threads, with_batch_rows
from banian.training.best_steps import KEPT, BestSteps
from banian.training.checkpoints import NO_CHECKPOINTS, AbstractCheckpoints
from banian.training.loop import Loop, under
from banian.training.optimizer import NEXT_CYCLE
from banian.training.recorder import AbstractRecorder
from banian.training.sampler import MicroBatches
from banian.training.score import Score, score_model
from banian.training.snapshots import Snapshots
from banian.training.state import TrainingState

_FEWEST_EPOCHS, _FEWEST_STEPS = 12, 1000
"""A shop of few rows needs more passes: an update is an update."""
_MOST_STEPS = 5000
"""Beyond, no cycle is added: what has seen so many batches has seen enough."""
_LATE = 0.1
"""A task whose best steps all lie in this last share of the steps might still get better."""
_MOST_SCORES = 4
"""Scores per epoch: overlapping cutoffs are near-copies, and the best moment often lies within an epoch."""
_FORWARD = 3.0
"""How much dearer it is to train on a row than to score it."""
_SCORING = 0.4
"""How long scoring may take, in units of the time of training; but once an epoch at least."""


@final
@dataclass(frozen=True)
class Schedule:
    """How long to train, task by task."""

    planned: int
    """Steps over which the step size decays for the first time."""
    best_steps: Mapping[str, tuple[int, ...]]
    """Task → the steps at which its weights are taken and averaged; 0 is the prior."""
    batch_rows: int
    """Rows of the largest grain in a micro-batch of these steps."""

    @property
    def taken(self) -> int:
        """Steps after which training ends."""
        return max((step for steps in self.best_steps.values() for step in steps), default=0)

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "Schedule":
        """Read what `asdict` gave, also after JSON."""
        best_steps = {task: tuple(steps) for task, steps in tree["best_steps"].items()}
        return cls(tree["planned"], best_steps, tree["batch_rows"])


@final
@dataclass(frozen=True, eq=False)
class Selection:
    """The result of selection on the validation rows."""

    schedule: Schedule
    values: Mapping[str, Float[Tensor, "row output"]]
    """Task → the predictions of its validation rows, averaged over the steps chosen."""


def select_steps(
    model: Model,
    training: Mapping[str, Batch],
    valid: Mapping[str, Batch],
    metrics: Mapping[str, Metric],
    spec: TrainSpec,
    *,
    balance: BalanceSpec = EQUAL,
    generator: torch.Generator,
    recorder: AbstractRecorder,
    checkpoints: AbstractCheckpoints = NO_CHECKPOINTS,
    state: TrainingState | None = None,
) -> Selection:
    """Train until no task gets better on its validation rows; say when each was best.

    Where most tasks were best at the end, and the spec leaves the epochs open, a longer cycle of the step size follows.
    With a `state` of this phase, go on from there; at its end there is nothing left to do.
    """
    rows = spec.batch_rows or choose_batch_rows(max(map(len, training.values())))
    spec = with_batch_rows(spec, rows)
    use_threads(rows, max(batch.fields for batch in training.values()))
    batches = MicroBatches(training, rows=rows, per_step=spec.accumulate, generator=generator)
    epoch = batches.steps_per_epoch
    planned = plan_steps(spec, epoch)
    every = max(1, epoch // _scores_per_epoch(training, valid))
    loop = Loop("select", model, training, spec, planned, batches, balance)
    if state is None:
        best, best_at, end, is_over = BestSteps(), 0, planned, False
        _offer(best, 0, score_model(model, valid, metrics))
    else:
        loop.thaw(state)
        best = BestSteps.thaw(under("best/", state.tensors), state.facts["best_steps"])
        best_at, end, is_over = (state.facts[name] for name in ("best_at", "end", "is_over"))

    def freeze() -> TrainingState:
        values, losses = best.freeze()
        kept = {f"best/{name}": value for name, value in values.items()}
        return loop.freeze(kept, best_steps=losses, best_at=best_at, end=end, is_over=is_over)

    while not is_over:
        patience = spec.patience or math.ceil(end / epoch / 3)
        recorder.start("select", end, loop.done)
        while loop.done < end:
            loop.step()
            recorder.step()
            if loop.done % every == 0 or loop.done == end:
                found = score_model(model, valid, metrics)
                recorder.score(loop.tell(found))
                if _offer(best, loop.done, found):
                    best_at = loop.done
            if loop.done % epoch == 0 and loop.done - best_at >= patience * epoch:
                break
            if loop.done < end:
                checkpoints.offer(freeze)
        recorder.finish()
        longer = planned + NEXT_CYCLE * end  # one more term of the geometric series
        late = end - max(round(_LATE * end), KEPT * every)
        is_over = spec.epochs is not None or longer > _MOST_STEPS or not _is_late(best, late)
        if not is_over:
            end = longer
        checkpoints.keep(freeze())
    steps = {
        task: best.steps.get(task, (loop.done,))  # where nothing selects, train to the end
        for batch in training.values()
        for task in batch.tasks
    }
    return Selection(Schedule(planned, steps, rows), best.values)


def refit(
    model: Model,
    training: Mapping[str, Batch],
    schedule: Schedule,
    spec: TrainSpec,
    *,
    balance: BalanceSpec = EQUAL,
    generator: torch.Generator,
    recorder: AbstractRecorder,
    checkpoints: AbstractCheckpoints = NO_CHECKPOINTS,
    state: TrainingState | None = None,
) -> Snapshots:
    """Train along the selected schedule; give the weights of its steps.

    With a `state` of this phase, go on from there.
    """
    rows = schedule.batch_rows
    spec = with_batch_rows(spec, rows)
    use_threads(rows, max(batch.fields for batch in training.values()))
    batches = MicroBatches(training, rows=rows, per_step=spec.accumulate, generator=generator)
    loop = Loop("refit", model, training, spec, schedule.planned, batches, balance)
    snapshots = Snapshots(schedule.best_steps)
    if state is None:
        snapshots.take(0, model)
    else:
        loop.thaw(state)
        snapshots.thaw(under("snapshot/", state.tensors))

    def freeze() -> TrainingState:
        kept = {f"snapshot/{name}": value for name, value in snapshots.freeze().items()}
        return loop.freeze(kept, schedule=asdict(schedule))

    recorder.start("refit", schedule.taken, loop.done)
    while loop.done < schedule.taken:
        loop.step()
        recorder.step()
        snapshots.take(loop.done, model)
        if loop.done % batches.steps_per_epoch == 0 or loop.done == schedule.taken:
            recorder.score(loop.tell(None))
        checkpoints.offer(freeze)
    if state is None or state.done < schedule.taken:
        checkpoints.keep(freeze())
    recorder.finish()
    model.eval()
    return snapshots


def plan_steps(spec: TrainSpec, steps_per_epoch: int) -> int:
    """Say over how many steps the step size decays for the first time, where an epoch has so many."""
    few = math.ceil(_FEWEST_STEPS / steps_per_epoch)
    return (spec.epochs or max(_FEWEST_EPOCHS, few)) * steps_per_epoch


def _scores_per_epoch(training: Mapping[str, Batch], valid: Mapping[str, Batch]) -> int:
    trained, scored = (sum(map(len, grains.values())) for grains in (training, valid))
    return max(1, min(_MOST_SCORES, int(_SCORING * _FORWARD * trained / max(1, scored))))


def _is_late(best: BestSteps, since: int) -> bool:
    """Say whether most tasks were at their best only after step `since`."""
    late = [min(steps) > since for steps in best.steps.values()]
    return sum(late) > len(late) / 2


def _offer(best: BestSteps, step: int, found: Score) -> bool:
    return best.offer(step, found.faults, found.values)
