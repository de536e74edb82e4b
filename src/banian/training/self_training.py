"""Semi-supervised labels: a first fit becomes the teacher of rows whose label is not known.

Source: Lee, "Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method for Deep Neural Networks", ICML
workshop 2013, here with the probability itself as a soft label, and only where the first fit is sure.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64

from banian.examples import Examples, GrainExamples, Roles, lies_before
from banian.kinds import build_kind
from banian.models import Network
from banian.training.fit import TrainingPlan, begin_refit, select_network
from banian.training.recorder import PHASES, Phase
from banian.training.reproducible import reproducible


@reproducible()
def add_pseudo_labels(
    examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan
) -> TrainingPlan:
    """Add to a plan's soft targets, for both phases, the predictions of a first fit on the labels of that phase.

    The first fit trains three times: to select its steps, and with these on the labels of either phase. Where
    `train.pseudo_labels` is 0, the plan stays as it is. Soft targets that the plan has already stay.
    """
    if not plan.train.pseudo_labels:
        return plan
    first = replace(
        plan,
        name="a first fit, to label what has no label",
        checkpoints=plan.checkpoints.within("first"),
    )
    selected = select_network(examples, roles, first)
    early = replace(
        first,
        checkpoints=first.checkpoints.within("early"),
        cached=lambda _, encode: encode(),  # what is remembered of a refit has other rows
    )
    as_selected = {grain: replace(role, refit=role.select) for grain, role in roles.items()}
    begun = {
        "select": begin_refit(examples, as_selected, early, selected),
        "refit": begin_refit(examples, roles, first, selected),
    }
    networks: dict[str, Network] = {phase: wait() for phase, wait in begun.items()}
    return replace(
        plan,
        soft_targets={
            phase: {
                grain: _combine(
                    plan.soft_targets.get(phase, {}).get(grain),
                    _predict_surest(
                        networks[phase],
                        rows,
                        _unlabelled(rows, roles[grain], plan, phase),
                        plan,
                    ),
                )
                for grain, rows in examples.grains.items()
            }
            for phase in PHASES
        },
    )


def are_surest(probability: Float64[np.ndarray, " row"], share: float) -> Bool[np.ndarray, " row"]:
    """Choose the rows whose log-odds are farthest from those of the mean.

    The most certain rows of a rare event would all be of the other kind; so far from the mean are both kinds.

    >>> are_surest(np.array([0.01, 0.02, 0.05, 0.3, 0.02]), 0.4).tolist()
    [True, False, False, True, False]
    """
    inner = probability.clip(1e-9, 1 - 1e-9)
    odds, middle = np.log(inner / (1 - inner)), inner.mean()
    distance = np.abs(odds - np.log(middle / (1 - middle)))
    chosen = np.zeros(len(probability), bool)
    chosen[np.argsort(-distance, kind="stable")[: round(share * len(probability))]] = True
    return chosen


def _unlabelled(
    rows: GrainExamples, role: Roles, plan: TrainingPlan, phase: Phase
) -> Bool[np.ndarray, "row task"]:
    """Say which rows of times before a phase's cutoff have no label for it, though they were asked about."""
    if phase == "select":
        early, known = lies_before(rows, plan.split, "valid"), role.select
    else:
        early, known = lies_before(rows, plan.split, "test"), role.refit | role.calibration
    return rows.asked & early[:, None] & ~known


def _predict_surest(
    network: Network, rows: GrainExamples, free: Bool[np.ndarray, "row task"], plan: TrainingPlan
) -> Float64[np.ndarray, "row task"]:
    """Give the probabilities of which the network is surest; NaN elsewhere."""
    said = np.full(free.shape, np.nan)
    towers = plan.grains[rows.grain].tasks
    for at, task in enumerate(rows.tasks):
        index = np.flatnonzero(free[:, at])
        if len(index) and build_kind(towers[task].kind).is_probability:
            probability = network.predict(rows.take(index), (task,))[task][:, 0]
            sure = are_surest(probability, plan.train.pseudo_labels)
            said[index[sure], at] = probability[sure]
    return said


def _combine(
    other: Float64[np.ndarray, "row task"] | None, own: Float64[np.ndarray, "row task"]
) -> Float64[np.ndarray, "row task"]:
    return own if other is None else np.where(np.isnan(other), own, other)
