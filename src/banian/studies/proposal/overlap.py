"""Tasks that ask nearly the same."""

import numpy as np

from banian.examples import GrainExamples
from banian.studies.proposal.design import rank

_SAME, _FEWEST = 0.95, 50


def find_twins(rows: GrainExamples) -> dict[str, tuple[str, float]]:
    """Map each task to an earlier one that its labels follow, and to the rank correlation of the two."""
    ordered = [at for at, task in enumerate(rows.tasks) if task not in rows.classes]
    twins: dict[str, tuple[str, float]] = {}
    for place, at in enumerate(ordered):
        for other in ordered[:place]:
            if rows.tasks[other] in twins:
                continue
            both = rows.mask[:, at] & rows.mask[:, other]
            if both.sum() < _FEWEST:
                continue
            one, two = rank(rows.label[both, at]), rank(rows.label[both, other])
            if one.std() == 0 or two.std() == 0:
                continue
            correlation = float(np.corrcoef(one, two)[0, 1])
            if abs(correlation) > max(_SAME, abs(twins.get(rows.tasks[at], ("", 0.0))[1])):
                twins[rows.tasks[at]] = (rows.tasks[other], correlation)
    return twins
