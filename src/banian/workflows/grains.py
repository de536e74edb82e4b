"""Build the grains of a model: entities, and each task's tower from its question, kind and training labels."""

import numpy as np

from banian.examples import GrainExamples, Roles
from banian.kinds import TowerState, build_kind
from banian.models import Grain
from banian.spec import Kind, TaskSpec
from banian.spec.node import Aggregate
from banian.workflows.prepare import Prepared


def build_grains(tasks: dict[str, TaskSpec], prepared: Prepared) -> dict[str, Grain]:
    """Build every grain: its entities and, for each task, the state of its tower."""
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


def _tower(task: TaskSpec, name: Kind, rows: GrainExamples, roles: Roles, at: int) -> TowerState:
    tree, kind = task.tree, build_kind(name)
    trains = (roles.select | roles.refit)[:, at]
    label = rows.label[trains, at]
    names = rows.classes.get(rows.tasks[at])
    classes = () if names is None else tuple(names.to_pylist())
    return TowerState(
        kind=name,
        metric=task.metric or kind.default_metric,
        floor=kind.least(label) if task.floor is None else task.floor,
        tower=task.tower or kind.tower_for(len(classes)),
        quantile=task.quantile,
        classes=classes,
        grades=kind.grades(label),
        top=tree.top if isinstance(tree, Aggregate) else None,
        outcome="truth"
        if np.isin(rows.label[rows.mask[:, at], at], (0.0, 1.0)).all()
        else "number",
    )
