"""What the parts of a fit take on this machine, estimated from a few steps of a network and a few rounds of trees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from banian.examples import Examples, Roles
from banian.kinds import build_kind
from banian.selection.candidates import compared_tasks
from banian.spec import ServeWith, TrainSpec
from banian.training import Pace, TrainingPlan, measure_pace
from banian.trees.pace import measure_tree_pace

_SCORING = 0.4
"""Seconds of scoring per second of training steps, at most, but for once an epoch."""
_REFIT = 0.8
"""Steps of a refit by those of the selection before it: the best steps are seldom the last ones."""
_TWIN = 0.7
"""What a step of a twin takes, by one of the joint network: it has fewer rows, and one tower."""
_FURTHER = 0.5
"""Share of the twins that are trained further, and refitted, after a look at one of their networks."""
_ROUNDS = 4000
"""Rounds of trees for a task: some 2,200 to search, 1,400 to teach in both phases, the rest to grow what serves."""


@final
@dataclass(frozen=True)
class Costs:
    """Seconds of one core.

    Args:
        network: What a network of all tasks takes.
        twins: How many tasks can have a twin.
        trees: Seconds of searching, teaching by and growing the trees of all tasks that can have some.

    """

    network: Pace
    twins: int
    trees: float

    def seconds(self, train: TrainSpec, serve_with: ServeWith, *, jobs: int) -> float:
        """Estimate how long training takes on so many cores, until what serves is refitted."""
        epoch = self.network.steps_per_epoch
        planned = train.epochs * epoch if train.epochs else self.network.planned
        steps = planned * self.network.step
        select = steps + max(_SCORING * steps, planned / epoch * self.network.score)
        refit = _REFIT * steps
        whole = train.seeds * (train.folds * select + refit)
        if "twin" in serve_with:
            further = (train.seeds - 1) * train.folds * select + train.seeds * refit
            whole += _TWIN * self.twins * (train.folds * select + _FURTHER * further)
        # A member keeps one core busy: those of one network take at least so many turns.
        turns = -(-train.seeds // jobs)
        spread = max(whole / jobs, turns * (select + refit))
        return spread + (self.trees / jobs if "trees" in serve_with else 0.0)


def measure_costs(
    examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan, serve_with: ServeWith
) -> Costs:
    """Try a few steps of the network, and where trees may serve a few rounds for each task that can have some."""
    towers = {task: tower for grain in plan.grains.values() for task, tower in grain.tasks.items()}
    trees = 0.0
    if "trees" in serve_with:
        for task, tower in towers.items():
            rows = examples.grain_of(task)
            training = roles[rows.grain].select[:, rows.tasks.index(task)]
            if build_kind(tower.kind).tree_objective(tower.metric) is not None and training.any():
                trees += _ROUNDS * measure_tree_pace(rows, task, training)
    twins = len(compared_tasks(towers, examples, roles)) if len(towers) > 1 else 0
    return Costs(measure_pace(examples, roles, plan), twins, trees)
