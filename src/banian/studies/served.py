"""What answers each task of a shop, chosen on its validation rows and trained on all that had matured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from banian.examples import Examples, Roles
from banian.models import Network
from banian.spec import ServeWith
from banian.studies.choice import Choice, choose_predictors
from banian.studies.lineup import Lineup, grow_planned, select_lineup
from banian.studies.reading import seat_jury
from banian.studies.single_task import single_out
from banian.training import Course, refit_network
from banian.trees import Trees


@final
@dataclass(frozen=True)
class Served:
    """The predictors that answer, and why these."""

    joint: Network
    twins: Mapping[str, Network]
    """Task → its twin, where that answers."""
    trees: Mapping[str, Trees]
    """Task → its trees, where they answer."""
    choices: Mapping[str, Choice]
    steps: Mapping[str, int]
    """Task → the middle one of the moments that were best for it in the first network."""


def serve_tasks(
    examples: Examples, roles: Mapping[str, Roles], course: Course, serve_with: ServeWith
) -> Served:
    """Train what could serve, let the validation rows choose, and refit what was chosen."""
    lineup = select_lineup(examples, roles, course, serve_with)
    course = lineup.course
    choices = choose_lineup(lineup, examples, roles, course, serve_with)
    return Served(
        joint=refit_network(examples, roles, course, lineup.joint),
        twins={
            task: single_out(task, examples, roles, course).refit(lineup.twins[task])
            for task, choice in choices.items()
            if "twin" in choice.predictors
        },
        trees={
            task: grow_planned(task, lineup.trees[task], examples, roles, course)
            for task, choice in choices.items()
            if "trees" in choice.predictors
        },
        choices=choices,
        steps={
            task: steps[len(steps) // 2]
            for task, steps in lineup.joint.schedules[0].moments.items()
        },
    )


def choose_lineup(
    lineup: Lineup,
    examples: Examples,
    roles: Mapping[str, Roles],
    course: Course,
    serve_with: ServeWith,
) -> dict[str, Choice]:
    """Choose for each task what serves it."""
    choices = {}
    for grain in course.grains.values():
        for task, tower in grain.tasks.items():
            rows = examples.grain_of(task)
            at, values = rows.tasks.index(task), lineup.values(task, serve_with)
            judged = roles[rows.grain].valid[:, at]
            if not values:
                choices[task] = Choice(("joint",), "nothing selects another", {})
            elif len(values) > 1:
                jury = seat_jury(rows, task, tower, judged)
                choices[task] = choose_predictors(
                    tower.metric,
                    jury.read,
                    values,
                    rows.cluster[judged],
                    weight=jury.weight,
                    seed=course.seed,
                )
            else:
                choices[task] = Choice(tuple(values), "nothing else was asked for", {})
    return choices
