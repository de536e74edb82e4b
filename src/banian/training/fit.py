"""From examples to a fitted network: select how long to train, then train on all that had matured."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
import torch
from jaxtyping import Float64

from banian.batches import Batch
from banian.examples import Examples, Roles
from banian.models import Grain, Model, Network, freeze
from banian.spec import ModelSpec, SplitSpec, TrainSpec
from banian.training.checkpoints import NO_CHECKPOINTS, AbstractCheckpoints
from banian.training.pretraining import encode_early_rows, pretrain
from banian.training.recorder import AbstractRecorder, Phase
from banian.training.reproducible import reproducible
from banian.training.soft_targets import NO_SOFT_TARGETS, PhaseTargets, encode_with_targets
from banian.training.stage_recorder import StageRecorder
from banian.training.start import Cached, Chosen, Start, begin
from banian.training.trainer import Schedule, Selection, refit, select_steps
from banian.training.warm_start import WarmStart

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
    """Hears how training goes."""
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
        )
        targets = self.soft_targets.get(phase)
        if not targets:
            return start
        taught = encode_with_targets(examples, start.features, training, targets, self.device)
        return replace(start, training=taught)

    def early_rows(self, examples: Examples, start: Start, phase: Phase) -> dict[str, Batch]:
        """Encode all rows of times before a phase's cutoff, if there is to be pre-training on them."""
        if not self.train.pretrain_epochs:
            return {}
        return encode_early_rows(examples, start.features, self.split, phase, self.device)

    def listener(self, member: int, doing: str) -> AbstractRecorder:
        """Give the recorder of a member: of the first member it hears everything, of the others how far they are."""
        name = f"{doing} with another seed ({member + 1} of {self.train.seeds})"
        return self.recorder if member == 0 else StageRecorder(self.recorder, name)


@reproducible()
def select_network(examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan) -> Selected:
    """Train every member on what had matured before the validation cutoff; the same seed and data give the same."""
    chosen = {grain: role.select for grain, role in roles.items()}
    valid = {grain: role.valid for grain, role in roles.items()}
    start = plan.begin(examples, chosen, valid, "select")
    early = plan.early_rows(examples, start, "select")
    metrics = {
        task: tower.metric for grain in plan.grains.values() for task, tower in grain.tasks.items()
    }
    found: list[Selection] = []
    for member, seed in enumerate(plan.seeds):
        place = plan.checkpoints.within(f"select-{member}")
        model = start.new_model(plan.model, plan.grains, seed=seed)
        state = place.newest()
        if state is None:
            pretrain(model, start.features.fields, early, plan.train, seed=seed)
        selection = select_steps(
            model,
            start.training,
            start.valid,
            metrics,
            plan.train,
            balance=plan.model.balance,
            generator=torch.Generator().manual_seed(seed),
            recorder=plan.listener(member, "selecting epochs"),
            checkpoints=place,
            state=state,
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
    examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan, selected: Selected
) -> Network:
    """Train every member as selected on all that had matured before the test cutoff."""
    chosen = {grain: role.refit for grain, role in roles.items()}
    nothing = {grain: np.zeros_like(mask) for grain, mask in chosen.items()}
    start = plan.begin(examples, chosen, nothing, "refit")
    early = plan.early_rows(examples, start, "refit")
    members: list[Model] = []
    answering: dict[str, list[int]] = {task: [] for task in selected.schedules[0].best_steps}
    for member, (seed, schedule) in enumerate(zip(plan.seeds, selected.schedules, strict=True)):
        place = plan.checkpoints.within(f"refit-{member}")
        model = start.new_model(plan.model, plan.grains, seed=seed)
        state = place.newest()
        if state is None:
            pretrain(model, start.features.fields, early, plan.train, seed=seed)
        snapshots = refit(
            model,
            start.training,
            schedule,
            plan.train,
            balance=plan.model.balance,
            generator=torch.Generator().manual_seed(seed),
            recorder=plan.listener(member, "training on all labels"),
            checkpoints=place,
            state=state,
        )
        for task, steps in schedule.best_steps.items():
            answering[task].append(len(members) + snapshots.sets.index(tuple(sorted(steps))))
        for weights in snapshots.means(model):
            model.load_state_dict(weights)
            members.append(freeze(model))
    return Network(
        start.features, plan.grains, tuple(members), {t: tuple(m) for t, m in answering.items()}
    )
