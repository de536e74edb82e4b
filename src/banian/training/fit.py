"""From examples to a fitted network: select how long to train, then train on all that had matured."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import numpy as np
import torch
from jaxtyping import Float64

from banian.examples import Examples, Roles
from banian.models import Grain, Model, Network
from banian.spec import ModelSpec, TrainSpec
from banian.training.checkpoints import NO_CHECKPOINTS, AbstractCheckpoints
from banian.training.quiet import Quiet
from banian.training.recorder import AbstractRecorder, Phase
from banian.training.reproducible import reproducible
from banian.training.start import Chosen, Recall, Start, begin
from banian.training.trainer import Schedule, Selection, refit, select_steps
from banian.training.trunk import Trunk

_SEEDS_APART = 1009  # so that the members of one run are not those of the run with the next seed


@final
@dataclass(frozen=True, eq=False)
class Selected:
    """What selection found out about a network."""

    schedules: tuple[Schedule, ...]
    """Per member, how long to train for each task."""
    values: Mapping[str, Float64[np.ndarray, "row output"]]
    """Task → what the members say, on average, of the rows that select it; in the order of the examples."""


@final
@dataclass(frozen=True)
class Course:
    """How one network is trained, in both phases."""

    model: ModelSpec
    train: TrainSpec
    grains: Mapping[str, Grain]
    seed: int
    device: torch.device
    recorder: AbstractRecorder
    checkpoints: AbstractCheckpoints = NO_CHECKPOINTS
    recall: Recall = field(default=lambda _, encode: encode())
    trunk: Trunk | None = None
    """What the network starts from, where it does not start anew."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each member."""
        return tuple(self.seed * _SEEDS_APART + member for member in range(self.train.seeds))

    def begin(self, examples: Examples, training: Chosen, valid: Chosen, phase: Phase) -> Start:
        """Encode the rows of a phase."""
        return begin(
            examples,
            training,
            valid,
            phase,
            device=self.device,
            recall=self.recall,
            trunk=self.trunk,
        )

    def listener(self, member: int, doing: str) -> AbstractRecorder:
        """Give who hears of a member's training: of the first everything, of the others how far they are."""
        name = f"{doing} with another seed ({member + 1} of {self.train.seeds})"
        return self.recorder if member == 0 else Quiet(self.recorder, name)


@reproducible()
def select_network(examples: Examples, roles: Mapping[str, Roles], course: Course) -> Selected:
    """Train every member on what had matured before the validation cutoff; the same seed and data give the same."""
    chosen = {grain: role.select for grain, role in roles.items()}
    valid = {grain: role.valid for grain, role in roles.items()}
    start = course.begin(examples, chosen, valid, "select")
    metrics = {
        task: tower.metric
        for grain in course.grains.values()
        for task, tower in grain.tasks.items()
    }
    found: list[Selection] = []
    for member, seed in enumerate(course.seeds):
        place = course.checkpoints.within(f"select-{member}")
        selection = select_steps(
            start.new_model(course.model, course.grains, seed=seed),
            start.training,
            start.valid,
            metrics,
            course.train,
            balance=course.model.balance,
            generator=torch.Generator().manual_seed(seed),
            recorder=course.listener(member, "selecting epochs"),
            checkpoints=place,
            state=place.newest(),
        )
        found.append(selection)
    tasks = found[0].values
    values = {
        task: np.mean([each.values[task].double().numpy() for each in found], axis=0)
        for task in tasks
    }
    return Selected(tuple(each.schedule for each in found), values)


@reproducible()
def refit_network(
    examples: Examples, roles: Mapping[str, Roles], course: Course, selected: Selected
) -> Network:
    """Train every member as selected on all that had matured before the test cutoff."""
    chosen = {grain: role.refit for grain, role in roles.items()}
    nothing = {grain: np.zeros_like(mask) for grain, mask in chosen.items()}
    start = course.begin(examples, chosen, nothing, "refit")
    members: list[Model] = []
    answering: dict[str, list[int]] = {task: [] for task in selected.schedules[0].moments}
    for member, (seed, schedule) in enumerate(zip(course.seeds, selected.schedules, strict=True)):
        place = course.checkpoints.within(f"refit-{member}")
        model = start.new_model(course.model, course.grains, seed=seed)
        snapshots = refit(
            model,
            start.training,
            schedule,
            course.train,
            balance=course.model.balance,
            generator=torch.Generator().manual_seed(seed),
            recorder=course.listener(member, "training on all labels"),
            checkpoints=place,
            state=place.newest(),
        )
        for task, steps in schedule.moments.items():
            answering[task].append(len(members) + snapshots.sets.index(tuple(sorted(steps))))
        for state in snapshots.means(model):
            kept = copy.deepcopy(model)
            kept.load_state_dict(state)
            members.append(kept.cpu().eval())
    return Network(
        start.features, course.grains, tuple(members), {t: tuple(m) for t, m in answering.items()}
    )
