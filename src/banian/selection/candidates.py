"""The candidates that could serve the tasks of a shop: the joint network, single-task twins, boosted trees."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import final

import numpy as np
from jaxtyping import Float64

from banian.examples import Examples, Roles
from banian.kinds import TowerState, build_kind
from banian.selection.quick_look import is_promising, look_at_twin
from banian.selection.single_task import single_out
from banian.selection.time_blocks import Block, begin_over, cut_blocks
from banian.selection.tree_teachers import has_tree_teachers, learn_from_trees
from banian.selection.validation_scorer import build_scorer
from banian.spec import Predictor, ServeWith
from banian.training import Selected, TrainingPlan, begin_selecting, keeps_values
from banian.trees import Target, Trees, threads_for
from banian.trees.fit import TreesPlan, grow_trees, plan_trees


@final
@dataclass(frozen=True, eq=False)
class Candidates:
    """Every predictor as fitted for selection: on what had matured before the validation cutoff."""

    plan: TrainingPlan
    """What the networks were trained by, with the predictions of teachers in both phases."""
    joint: Selected
    """The network of all tasks."""
    twins: Mapping[str, Selected]
    """Task → its twin, where one was trained."""
    trees: Mapping[str, TreesPlan]
    """Task → its trees, where some were tried."""
    looks: Mapping[str, float]
    """Task → in which share of draws the first member of its twin was of use, where only that was trained."""

    def values(
        self, task: str, predictors: tuple[Predictor, ...]
    ) -> dict[Predictor, Float64[np.ndarray, "row output"]]:
        """Map predictors to their uncalibrated outputs for the rows that select a task.

        A predictor that was not tried for the task is left out; all are where no row selects it.
        """
        found: dict[Predictor, Float64[np.ndarray, "row output"]] = {}
        for predictor in predictors:
            match predictor:
                case "joint" if task in self.joint.tasks:
                    found["joint"] = self.joint.average(task)
                case "twin" if task in self.twins:
                    found["twin"] = self.twins[task].average(task)
                case "trees" if task in self.trees:
                    found["trees"] = self.trees[task].valid
        return found


def fit_candidates(
    examples: Examples,
    roles: Mapping[str, Roles],
    plan: TrainingPlan,
    serve_with: ServeWith,
    *,
    all_twins: bool = False,
) -> Candidates:
    """Train all that `serve_with` allows on what had matured before the validation cutoff.

    `roles` maps each grain to what its labels may be used for. Trees are tried where they may serve or are to teach;
    twins are trained where they may serve and there are several tasks: their first members, and all others only where
    these could be of use, or with `all_twins` always. Workers begin with what takes longest: the joint network, then
    the twins of the tasks with most labels.
    """
    towers = {task: tower for grain in plan.grains.values() for task, tower in grain.tasks.items()}
    is_taught = has_tree_teachers(plan, serve_with)
    trees = _plan_trees(examples, roles, plan, towers) if is_taught else {}
    blocks = cut_blocks(examples, roles, plan)
    if is_taught:
        teach = partial(learn_from_trees, examples, plans=trees)
        newest, *earlier = blocks
        blocks = [replace(newest, plan=teach(newest.roles, newest.plan))] + [
            replace(block, plan=teach(block.roles, block.plan, phases=("select",)))
            for block in earlier
        ]
    joint = begin_over(blocks, partial(begin_selecting, examples))
    compared: list[str] = []
    if "twin" in serve_with and len(towers) > 1:  # the twin of an only task is the network itself
        compared = compared_tasks(towers, examples, roles)
    is_quick = plan.train.seeds > 1 and not all_twins
    looked_at = _begin_twins(compared, blocks, examples, members=1 if is_quick else None)
    if "trees" in serve_with and not is_taught:
        trees = _plan_trees(examples, roles, plan, towers)
    selected = joint()
    twins = {task: twin() for task, twin in looked_at.items()}
    looks: dict[str, float] = {}
    if is_quick:
        for task, twin in twins.items():
            rows = examples.grain_of(task)
            role = roles[rows.grain]
            looks[task] = look_at_twin(
                task, towers[task], rows, role, selected, twin, seed=plan.seed
            )
        promising = [task for task in compared if is_promising(looks[task])]
        begun = _begin_twins(promising, blocks, examples, members=None)
        twins = {task: twin() for task, twin in begun.items()}
        looks = {task: share for task, share in looks.items() if task not in twins}
    twins = {task: twins[task] for task in towers if task in twins}
    return Candidates(blocks[0].plan, selected, twins, trees, looks)


def refit_trees(
    task: str, trees: TreesPlan, examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan
) -> Trees:
    """Grow a task's trees on all that had matured before the test cutoff."""
    plan.recorder.stage(f"growing trees for {task}")
    rows = examples.grain_of(task)
    training = roles[rows.grain].refit[:, rows.tasks.index(task)]
    threads = threads_for(int(training.sum()), plan.workers.jobs)
    return grow_trees(rows, task, trees, training, seed=plan.seed, threads=threads)


def compared_tasks(
    towers: Mapping[str, TowerState], examples: Examples, roles: Mapping[str, Roles]
) -> list[str]:
    """List the tasks with rows on which predictors can be compared, those with most labels first."""
    labels: dict[str, int] = {}
    for task, tower in towers.items():
        rows = examples.grain_of(task)
        role, at = roles[rows.grain], rows.tasks.index(task)
        outputs, judged = build_kind(tower.kind).outputs(tower), role.valid.any(axis=1).sum()
        if role.valid[:, at].any() and keeps_values(outputs, int(judged)):
            labels[task] = int(role.select[:, at].sum())
    return sorted(labels, key=lambda task: -labels[task])


def _begin_twins(
    tasks: Sequence[str], blocks: Sequence[Block], examples: Examples, *, members: int | None
) -> dict[str, Callable[[], Selected]]:
    """Begin to train the first so many members of the twins of some tasks, or all; what is trained stays trained."""
    begun = {}
    for task in tasks:
        own = [block for block in blocks if task in block.judged]
        begun[task] = begin_over(own, partial(_begin_twin, task, examples, members))
    return begun


def _begin_twin(
    task: str,
    examples: Examples,
    members: int | None,
    roles: Mapping[str, Roles],
    plan: TrainingPlan,
) -> Callable[[], Selected]:
    if members is not None:
        plan = replace(plan, train=plan.train.model_copy(update={"seeds": members}))
    return single_out(task, examples, roles, plan).begin_selecting()


def _plan_trees(
    examples: Examples,
    roles: Mapping[str, Roles],
    plan: TrainingPlan,
    towers: Mapping[str, TowerState],
) -> dict[str, TreesPlan]:
    plans: dict[str, TreesPlan] = {}
    for task, tower in towers.items():
        rows = examples.grain_of(task)
        at = rows.tasks.index(task)
        training, valid = (getattr(roles[rows.grain], r)[:, at] for r in ("select", "valid"))
        is_grown = build_kind(tower.kind).tree_objective(tower.metric) is not None
        if not is_grown or not training.any() or not valid.any():
            continue
        plan.recorder.stage(f"trying trees for {task}")
        plans[task] = plan_trees(
            rows,
            task,
            _trees_target(tower),
            training,
            valid,
            build_scorer(rows, task, tower, valid).score,
            seed=plan.seed,
            cores=plan.workers.jobs,
        )
    return plans


def _trees_target(tower: TowerState) -> Target:
    return Target(
        tower.kind,
        tower.metric,
        tower.floor,
        classes=build_kind(tower.kind).outputs(tower),
        grades=tower.grades,
        quantile=tower.quantile,
    )
