"""From examples to a fitted network: select how long to train, then train on all that had matured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
import torch
from jaxtyping import Float64

from banian.examples import Examples, Roles
from banian.models import Grain, Model, Network, freeze
from banian.predictions import average_values
from banian.spec import ModelSpec, SplitSpec, TrainSpec
from banian.training.checkpoints import NO_CHECKPOINTS, AbstractCheckpoints
from banian.training.member import Member
from banian.training.pretraining import encode_early_rows
from banian.training.recorder import AbstractRecorder, Phase
from banian.training.reproducible import reproducible
from banian.training.soft_targets import NO_SOFT_TARGETS, PhaseTargets, encode_with_targets
from banian.training.stage_recorder import StageRecorder
from banian.training.start import Cached, Chosen, Start, begin
from banian.training.trainer import Schedule, Selection
from banian.training.warm_start import WarmStart
from banian.training.workers import IN_TURN, AbstractWorkers, Begun

_SEEDS_APART = 1009  # so that the members of one run are not those of the run with the next seed


@final
@dataclass(frozen=True, eq=False)
class Selected:
    """What selection found out about a network."""

    schedules: tuple[Schedule, ...]
    """Per member, how long to train for each task."""
    said: tuple[Mapping[str, Float64[np.ndarray, "row output"]], ...]
    """Per member: task → what it says of the rows that select the task, in the order of the examples."""

    @property
    def tasks(self) -> frozenset[str]:
        """The tasks of which something is said."""
        return frozenset(self.said[0])

    def average(self, task: str, members: int | None = None) -> Float64[np.ndarray, "row output"]:
        """Average what the first so many members say of a task, or all of them."""
        return average_values([said[task] for said in self.said[:members]])


@final
@dataclass(frozen=True)
class TrainingPlan:
    """How one network is trained, in both phases."""

    model: ModelSpec
    """The network to build."""
    train: TrainSpec
    """How to train it."""
    grains: Mapping[str, Grain]
    """Grain → its entities and tasks."""
    split: SplitSpec
    """Which rows a phase may look at, where it looks at rows without a label."""
    seed: int
    """Of which the seeds of the members are made."""
    device: torch.device
    """Where to compute."""
    recorder: AbstractRecorder
    """Hears how training goes: of the first member everything, of the others how far they are."""
    name: str = ""
    """What is trained, for people; where it has a name, no member is heard of but how far it is."""
    workers: AbstractWorkers = IN_TURN
    """Who trains the members. Where that is several processes, there must be checkpoints."""
    checkpoints: AbstractCheckpoints = NO_CHECKPOINTS
    """Where states are kept, so that a killed run can be resumed."""
    cached: Cached = field(default=lambda _, encode: encode())
    """Gives the encoded rows of a phase from a cache, or encodes them."""
    warm_start: WarmStart | None = None
    """What the network starts from, where it does not start anew."""
    soft_targets: PhaseTargets = field(default_factory=lambda: NO_SOFT_TARGETS)
    """What rows learn beside their labels."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each member."""
        return tuple(self.seed * _SEEDS_APART + member for member in range(self.train.seeds))

    @reproducible()
    def begin(self, examples: Examples, training: Chosen, valid: Chosen, phase: Phase) -> Start:
        """Encode the rows of a phase."""
        start = begin(
            self.model,
            examples,
            training,
            valid,
            phase,
            device=self.device,
            cached=self.cached,
            warm_start=self.warm_start,
            announce=self.recorder.stage,
        )
        targets = self.soft_targets.get(phase)
        if targets:
            taught = encode_with_targets(examples, start.features, training, targets, self.device)
            start = replace(start, training=taught)
        if self.train.pretrain_epochs:
            rows = encode_early_rows(examples, start.features, self.split, phase, self.device)
            start = replace(start, early=rows)
        return start

    def members(self, phase: Phase, schedules: tuple[Schedule, ...] = ()) -> list[Member]:
        """List what is trained in a phase; in the refit, each along its schedule."""
        return [
            Member(
                self._title(phase, member),
                self.model,
                self.train,
                self.grains,
                seed,
                self.checkpoints.within(f"{phase}-{member}"),
                schedules[member] if schedules else None,
            )
            for member, seed in enumerate(self.seeds)
        ]

    def begin_training(self, members: list[Member], start: Callable[[], Start]) -> Begun:
        """Let workers begin to train members on the rows that `start` encodes."""
        recorders = [
            self.recorder if at == 0 and not self.name else StageRecorder(self.recorder, one.name)
            for at, one in enumerate(members)
        ]
        return self.workers.begin(start, members, recorders)

    def _title(self, phase: Phase, member: int) -> str:
        doing = {"select": "selecting epochs", "refit": "training on all labels"}[phase]
        seed = f", seed {member + 1} of {self.train.seeds}" if member else ""
        return (f"{self.name}: " if self.name else "") + doing + seed


def select_network(examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan) -> Selected:
    """Train every member on what had matured before the validation cutoff; the same seed and data give the same."""
    return begin_selecting(examples, roles, plan)()


def begin_selecting(
    examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan
) -> Callable[[], Selected]:
    """Let workers begin what `select_network` does; what is given waits for them, and does what is left to do."""
    chosen = {grain: role.select for grain, role in roles.items()}
    valid = {grain: role.valid for grain, role in roles.items()}
    members = plan.members("select")
    begun = plan.begin_training(members, lambda: plan.begin(examples, chosen, valid, "select"))

    def wait() -> Selected:
        start, recorders = begun()
        found: list[Selection] = [
            member.select(start, recorder)
            for member, recorder in zip(members, recorders, strict=True)
        ]
        said = (
            {task: value.double().numpy() for task, value in each.values.items()} for each in found
        )
        return Selected(tuple(each.schedule for each in found), tuple(said))

    return wait


def refit_network(
    examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan, selected: Selected
) -> Network:
    """Train every member as selected on all that had matured before the test cutoff."""
    return begin_refit(examples, roles, plan, selected)()


def begin_refit(
    examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan, selected: Selected
) -> Callable[[], Network]:
    """Let workers begin what `refit_network` does; what is given waits for them, and does what is left to do."""
    chosen = {grain: role.refit for grain, role in roles.items()}
    nothing = {grain: np.zeros_like(mask) for grain, mask in chosen.items()}
    members = plan.members("refit", selected.schedules)
    begun = plan.begin_training(members, lambda: plan.begin(examples, chosen, nothing, "refit"))

    def wait() -> Network:
        start, recorders = begun()
        models: list[Model] = []
        answering: dict[str, list[int]] = {task: [] for task in selected.schedules[0].best_steps}
        for member, recorder, schedule in zip(members, recorders, selected.schedules, strict=True):
            model, snapshots = member.refit(start, recorder, schedule)
            for task, steps in schedule.best_steps.items():
                answering[task].append(len(models) + snapshots.sets.index(tuple(sorted(steps))))
            for weights in snapshots.means(model):
                model.load_state_dict(weights)
                models.append(freeze(model))
        answers = {task: tuple(places) for task, places in answering.items()}
        return Network(start.features, plan.grains, tuple(models), answers)

    return wait
