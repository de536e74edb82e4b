"""What answers each task of a shop, chosen on its validation rows and trained on all that had matured."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

from banian.examples import Examples, Roles
from banian.models import Network
from banian.selection.candidates import Candidates, fit_candidates, refit_trees
from banian.selection.choice import Choice, choose_predictors
from banian.selection.single_task import single_out
from banian.selection.validation_scorer import build_scorer
from banian.spec import ServeWith
from banian.training import TrainingPlan, begin_refit
from banian.trees import Trees


@final
@dataclass(frozen=True)
class FittedTasks:
    """The predictors that answer each task, refitted, and why these."""

    joint: Network
    """The network of all tasks; it is kept also where nothing is answered by it."""
    twins: Mapping[str, Network]
    """Task → its twin, where that answers."""
    trees: Mapping[str, Trees]
    """Task → its trees, where they answer."""
    choices: Mapping[str, Choice]
    """Task → which of them, and why."""
    steps: Mapping[str, int]
    """Task → the median of the steps that were best for it in the first network."""


def fit_tasks(
    examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan, serve_with: ServeWith
) -> FittedTasks:
    """Train what could serve, let the validation rows choose, and refit what was chosen.

    `roles` maps each grain to what its labels may be used for; `serve_with` names the predictors that may answer, the
    default first.
    """
    candidates = fit_candidates(examples, roles, plan, serve_with)
    plan = candidates.plan
    choices = choose_candidates(candidates, examples, roles, plan, serve_with)
    joint = begin_refit(examples, roles, plan, candidates.joint)
    twins = {
        task: single_out(task, examples, roles, plan).begin_refit(candidates.twins[task])
        for task, choice in choices.items()
        if "twin" in choice.predictors
    }
    trees = {
        task: refit_trees(task, candidates.trees[task], examples, roles, plan)
        for task, choice in choices.items()
        if "trees" in choice.predictors
    }
    return FittedTasks(
        joint=joint(),
        twins={task: network() for task, network in twins.items()},
        trees=trees,
        choices=choices,
        steps={
            task: steps[len(steps) // 2]
            for task, steps in candidates.joint.schedules[0].best_steps.items()
        },
    )


def choose_candidates(
    candidates: Candidates,
    examples: Examples,
    roles: Mapping[str, Roles],
    plan: TrainingPlan,
    serve_with: ServeWith,
) -> dict[str, Choice]:
    """Choose for each task what serves it, by its metric on the rows that select it."""
    choices = {}
    for grain in plan.grains.values():
        for task, tower in grain.tasks.items():
            rows = examples.grain_of(task)
            at, values = rows.tasks.index(task), candidates.values(task, serve_with)
            judged = roles[rows.grain].valid[:, at]
            if not values:
                choices[task] = Choice(("joint",), "nothing selects another", {})
            elif len(values) > 1:
                scorer = build_scorer(rows, task, tower, judged)
                choices[task] = choose_predictors(
                    tower.metric,
                    scorer.read,
                    values,
                    rows.cluster[judged],
                    weight=scorer.weight,
                    seed=plan.seed,
                )
            else:
                choices[task] = Choice(tuple(values), "nothing else was asked for", {})
            if task in candidates.looks:
                look = f"one network of its own was of use in {candidates.looks[task]:.0%} of draws"
                why = f"{choices[task].why}; {look}, and none was trained further"
                choices[task] = replace(choices[task], why=why)
    return choices
