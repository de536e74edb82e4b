"""All that could serve the tasks of a shop: the joint network, single-task twins, boosted trees."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import final

import numpy as np
from jaxtyping import Float64

from banian.examples import Examples, Roles
from banian.models import TowerSpec
from banian.spec import Predictor, ServeWith
from banian.studies.reading import seat_jury
from banian.studies.single_task import single_out
from banian.studies.time_blocks import cut_blocks, select_over
from banian.studies.tree_teachers import has_tree_teachers, learn_from_trees
from banian.training import Course, Selected, select_network
from banian.trees import GROWN, Target, Trees, TreesPlan, grow_trees, plan_trees, threads_for


@final
@dataclass(frozen=True, eq=False)
class Lineup:
    """What selection found out about every predictor."""

    course: Course
    """What the networks were trained by, with what teachers said in both phases."""
    joint: Selected
    twins: Mapping[str, Selected]
    """Task → its twin, where one was trained."""
    trees: Mapping[str, TreesPlan]
    """Task → its trees, where some were tried."""

    def values(
        self, task: str, predictors: tuple[Predictor, ...]
    ) -> dict[Predictor, Float64[np.ndarray, "row output"]]:
        """Give what predictors say of the rows that select a task; nothing where no row does."""
        found: dict[Predictor, Float64[np.ndarray, "row output"]] = {}
        for predictor in predictors:
            match predictor:
                case "joint" if task in self.joint.values:
                    found["joint"] = self.joint.values[task]
                case "twin" if task in self.twins:
                    found["twin"] = self.twins[task].values[task]
                case "trees" if task in self.trees:
                    found["trees"] = self.trees[task].valid
        return found


def select_lineup(
    examples: Examples, roles: Mapping[str, Roles], course: Course, serve_with: ServeWith
) -> Lineup:
    """Train all that `serve_with` allows on what had matured before the validation cutoff; trees teach the networks."""
    towers = {
        task: tower for grain in course.grains.values() for task, tower in grain.tasks.items()
    }
    is_taught = has_tree_teachers(course, serve_with)
    trees = _plan(examples, roles, course, towers) if is_taught or "trees" in serve_with else {}
    blocks = cut_blocks(examples, roles, course)
    if is_taught:
        teach = partial(learn_from_trees, examples, plans=trees)
        newest, *earlier = blocks
        blocks = [replace(newest, course=teach(newest.roles, newest.course))] + [
            replace(block, course=teach(block.roles, block.course, phases=("select",)))
            for block in earlier
        ]
    joint = select_over(blocks, partial(select_network, examples))
    twins: dict[str, Selected] = {}
    if "twin" in serve_with and len(towers) > 1:  # the twin of an only task is the network itself
        judged = [task for task in towers if task in joint.values]
        for task in judged:
            own = [block for block in blocks if task in block.judged]
            twins[task] = select_over(own, partial(_select_twin, task, examples))
    return Lineup(blocks[0].course, joint, twins, trees)


def _select_twin(
    task: str, examples: Examples, roles: Mapping[str, Roles], course: Course
) -> Selected:
    return single_out(task, examples, roles, course).select()


def _plan(
    examples: Examples, roles: Mapping[str, Roles], course: Course, towers: Mapping[str, TowerSpec]
) -> dict[str, TreesPlan]:
    plans: dict[str, TreesPlan] = {}
    for task, tower in towers.items():
        rows = examples.grain_of(task)
        at = rows.tasks.index(task)
        training, valid = (getattr(roles[rows.grain], r)[:, at] for r in ("select", "valid"))
        if tower.kind not in GROWN or not training.any() or not valid.any():
            continue
        course.recorder.stage(f"trying trees for {task}")
        plans[task] = plan_trees(
            rows,
            task,
            _target(tower),
            training,
            valid,
            seat_jury(rows, task, tower, valid).judge,
            seed=course.seed,
            threads=threads_for(int(training.sum())),
        )
    return plans


def grow_planned(
    task: str, plan: TreesPlan, examples: Examples, roles: Mapping[str, Roles], course: Course
) -> Trees:
    """Grow a task's trees on all that had matured before the test cutoff."""
    course.recorder.stage(f"growing trees for {task}")
    rows = examples.grain_of(task)
    training = roles[rows.grain].refit[:, rows.tasks.index(task)]
    return grow_trees(
        rows, task, plan, training, seed=course.seed, threads=threads_for(int(training.sum()))
    )


def _target(tower: TowerSpec) -> Target:
    classes = len(tower.grades) if tower.grades else len(tower.classes) + 1
    return Target(
        tower.kind,
        tower.metric,
        tower.floor,
        classes=classes,
        grades=tower.grades,
        quantile=tower.quantile,
    )
