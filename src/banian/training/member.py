"""One member of a network in one phase: from the rows of the phase to the end of its training."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import torch

from banian.models import Grain, Model
from banian.spec import ModelSpec, TrainSpec
from banian.training.checkpoints import AbstractCheckpoints
from banian.training.pretraining import pretrain
from banian.training.recorder import AbstractRecorder
from banian.training.reproducible import reproducible
from banian.training.snapshots import Snapshots
from banian.training.start import Start
from banian.training.state import TrainingState
from banian.training.trainer import Schedule, Selection, refit, select_steps


@final
@dataclass(frozen=True)
class Member:
    """What a member is trained by, all but its rows: plain values, which another process can be sent.

    The end of a training is its last state in `checkpoints`. Trained again, a member starts from there and makes no
    step: whoever trained it, its result is then at hand.

    Args:
        name: What is trained, for people.
        model: The network to build.
        train: How to train it.
        grains: Grain → its entities and tasks.
        seed: Of which its weights and the order of its rows are drawn.
        checkpoints: Where its states are kept.
        schedule: How long to train for each task; None where that is to be found out.

    """

    name: str
    model: ModelSpec
    train: TrainSpec
    grains: Mapping[str, Grain]
    seed: int
    checkpoints: AbstractCheckpoints
    schedule: Schedule | None = None

    @reproducible()
    def select(self, start: Start, recorder: AbstractRecorder) -> Selection:
        """Find out how long to train for each task."""
        model, generator, state = self._begin(start)
        metrics = {
            task: tower.metric
            for grain in self.grains.values()
            for task, tower in grain.tasks.items()
        }
        return select_steps(
            model,
            start.training,
            start.valid,
            metrics,
            self.train,
            balance=self.model.balance,
            generator=generator,
            recorder=recorder,
            checkpoints=self.checkpoints,
            state=state,
        )

    @reproducible()
    def refit(
        self, start: Start, recorder: AbstractRecorder, schedule: Schedule
    ) -> tuple[Model, Snapshots]:
        """Train along a schedule; give the model and its weights at the steps of the schedule."""
        model, generator, state = self._begin(start)
        snapshots = refit(
            model,
            start.training,
            schedule,
            self.train,
            balance=self.model.balance,
            generator=generator,
            recorder=recorder,
            checkpoints=self.checkpoints,
            state=state,
        )
        return model, snapshots

    def finish(self, start: Start, recorder: AbstractRecorder) -> None:
        """Train to the end, and leave the result in the checkpoints."""
        if self.schedule is None:
            self.select(start, recorder)
        else:
            self.refit(start, recorder, self.schedule)

    def _begin(self, start: Start) -> tuple[Model, torch.Generator, TrainingState | None]:
        model = start.new_model(self.model, self.grains, seed=self.seed)
        state = self.checkpoints.newest()
        if state is None:
            pretrain(model, start.features.fields, start.early, self.train, seed=self.seed)
        return model, torch.Generator().manual_seed(self.seed), state
