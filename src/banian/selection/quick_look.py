"""A look at single-task twins of one seed: those that could not serve are not trained further.

A twin may serve alone, or beside the joint network, where what it says is averaged with it. One more network always
helps an average; so beside it a twin has to do better than one more member of the joint network.
"""

import numpy as np
from jaxtyping import Float64

from banian.evaluation import draw_metric, higher_is_better
from banian.examples import GrainExamples, Roles
from banian.kinds import TowerState
from banian.predictions import average_values
from banian.selection.validation_scorer import build_scorer
from banian.training import Selected

_LIKELY = 0.5
"""Share of the draws of entities in which a twin must be ahead to be trained further."""
_DRAWS = 100


def look_at_twin(
    task: str,
    tower: TowerState,
    rows: GrainExamples,
    role: Roles,
    joint: Selected,
    twin: Selected,
    *,
    seed: int,
) -> float:
    """Say in which share of draws of entities the first member of a twin is of use on the rows that select its task.

    Args:
        task: The task.
        tower: Its kind and metric.
        rows: The rows of its grain.
        role: What their labels may be used for.
        joint: What the members of the joint network say.
        twin: What the first member of the twin says.
        seed: Of the draws.

    """
    judged = role.valid[:, rows.tasks.index(task)]
    scorer = build_scorer(rows, task, tower, judged)
    first, alone = joint.average(task, 1), twin.average(task, 1)
    pairs = [(alone, first)]
    if len(joint.said) > 1:
        pairs.append((average_values([first, alone]), joint.average(task, 2)))
    readings = [scorer.read(value) for pair in pairs for value in pair]
    drawn = draw_metric(
        tower.metric,
        readings[0][0],
        [said for _, said in readings],
        rows.cluster[judged],
        weight=scorer.weight,
        resamples=_DRAWS,
        seed=seed,
    )
    ahead = drawn[::2] - drawn[1::2]
    return max(map(_share, ahead if higher_is_better(tower.metric) else -ahead))


def is_promising(share: float) -> bool:
    """Say whether a twin that is ahead in such a share of draws is to be trained further."""
    return share >= _LIKELY


def _share(ahead: Float64[np.ndarray, " draw"]) -> float:
    """Give the share above 0; where all is undefined, 1, as nothing speaks against the twin."""
    known = ahead[~np.isnan(ahead)]
    return float((known > 0).mean()) if len(known) else 1.0
