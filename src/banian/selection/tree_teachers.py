"""Boosted trees as teachers: the network learns their predictions of the rows that train beside the labels.

Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015, with teachers of another make.
Trees predict a row only from what they learned of other entities (Wolpert, "Stacked Generalization", Neural Networks 5,
1992): rows that they were grown on they would give their labels, noise included.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
from jaxtyping import Bool, Float64, Int64

from banian.examples import Examples, GrainExamples, Roles
from banian.kinds import build_kind
from banian.spec import ServeWith
from banian.training import PHASES, Phase, PhaseTargets, TrainingPlan
from banian.trees import side_by_side, threads_for
from banian.trees.fit import TreesPlan, grow_trees

_FOLDS = 4


def has_tree_teachers(plan: TrainingPlan, serve_with: ServeWith) -> bool:
    """Say whether trees are to teach: where the spec says so, and by itself where they are grown anyway."""
    match plan.train.teacher:
        case "auto":
            return "trees" in serve_with
        case "trees":
            return True
        case "none":
            return False


def learn_from_trees(
    examples: Examples,
    roles: Mapping[str, Roles],
    plan: TrainingPlan,
    plans: Mapping[str, TreesPlan],
    phases: Sequence[Phase] = PHASES,
) -> TrainingPlan:
    """Let phases of a plan be taught by trees, grown as planned on no label that the phase may not see.

    `plans` maps each task to the trees that its validation rows chose; only tasks of the kinds in `TAUGHT` are taught.
    Predictions of other teachers stay where trees give none.
    """
    taught = [
        task for task, plan in plans.items() if build_kind(plan.target.kind).learns_from_trees
    ]
    targets: PhaseTargets = {
        phase: {
            grain: _predict_out_of_fold(
                rows, getattr(roles[grain], phase), plan, phase, plans, taught
            )
            for grain, rows in examples.grains.items()
        }
        for phase in phases
    }
    return replace(plan, soft_targets=targets)


def _predict_out_of_fold(
    rows: GrainExamples,
    training: Bool[np.ndarray, "row task"],
    plan: TrainingPlan,
    phase: Phase,
    plans: Mapping[str, TreesPlan],
    taught: list[str],
) -> Float64[np.ndarray, "row task"]:
    given = plan.soft_targets.get(phase)
    before = None if given is None else given.get(rows.grain)
    targets = np.full(training.shape, np.nan) if before is None else before.copy()
    folds = fold_entities(rows, seed=plan.seed)
    for at, task in enumerate(rows.tasks):
        known = training[:, at]
        if task not in taught or len(np.unique(folds[known])) < _FOLDS:
            continue
        plan.recorder.stage(f"growing trees that teach {task}")
        parts = [(known & (folds == fold), known & (folds != fold)) for fold in range(_FOLDS)]
        threads = threads_for(int(known.sum()), plan.workers.jobs)
        grow = partial(_grow, rows, task, plans[task], plan.seed, threads)
        with ThreadPoolExecutor(side_by_side(threads, plan.workers.jobs)) as growing:
            for (asked, _), value in zip(parts, growing.map(grow, parts), strict=True):
                targets[asked, at] = value
    return targets


def fold_entities(rows: GrainExamples, *, seed: int) -> Int64[np.ndarray, " row"]:
    """Deal the entities out to folds at random; gives each row's fold, the same for all rows of an entity."""
    entities, place = np.unique(rows.cluster, return_inverse=True)
    return np.random.default_rng(seed).permutation(len(entities))[place] % _FOLDS


def _grow(
    rows: GrainExamples,
    task: str,
    plan: TreesPlan,
    seed: int,
    threads: int,
    part: tuple[Bool[np.ndarray, " row"], Bool[np.ndarray, " row"]],
) -> Float64[np.ndarray, " asked"]:
    asked, training = part
    trees = grow_trees(rows, task, plan, training, seed=seed, threads=threads)
    return trees.predict(rows.take(np.flatnonzero(asked)))[:, 0]
