"""What the model must know of each task, from its question, its kind and the labels that train."""

import numpy as np

from banian.examples import GrainExamples, Roles
from banian.models import Grain, TowerSpec
from banian.predictions import fit_bounds
from banian.spec import METRICS, Kind, TaskSpec
from banian.spec.node import Aggregate
from banian.workflows.prepare import Prepared

_MOST_SCORED = 20_000
"""Of more items than these only those of a batch are scored in a step."""


def grains_of(tasks: dict[str, TaskSpec], prepared: Prepared) -> dict[str, Grain]:
    """Say of every grain which entities it has and what is asked about it."""
    return {
        name: Grain(
            tuple(sorted(rows.entities)),
            {
                task: _tower(tasks[task], prepared.kinds[task], rows, prepared.roles[name], at)
                for at, task in enumerate(rows.tasks)
            },
            {t: before for t in rows.tasks if (before := tasks[t].given) is not None},
        )
        for name, rows in prepared.examples.grains.items()
    }


def _tower(task: TaskSpec, kind: Kind, rows: GrainExamples, roles: Roles, at: int) -> TowerSpec:
    name, tree = rows.tasks[at], task.tree
    grades: tuple[float, ...] = ()
    if kind == "ordinal":
        trains = (roles.select | roles.refit)[:, at]
        label = rows.label[trains, at]
        # A mistyped grade far from all others would be nearly all of the mean, however improbable.
        near = fit_bounds(label, np.zeros(len(label))).clip(label) == label
        grades = tuple(np.unique(label[near]).tolist())
    classes = tuple(rows.classes[name].to_pylist()) if name in rows.classes else ()
    tower = task.tower
    if tower is None and kind == "ranking" and len(classes) > _MOST_SCORED:
        tower = "sampled_softmax"
    return TowerSpec(
        kind=kind,
        metric=task.metric or METRICS[kind][0],
        floor=task.floor,
        tower=tower,
        quantile=task.quantile,
        classes=classes,
        grades=grades,
        top=tree.top if isinstance(tree, Aggregate) else None,
        outcome="truth"
        if np.isin(rows.label[rows.mask[:, at], at], (0.0, 1.0)).all()
        else "number",
    )
