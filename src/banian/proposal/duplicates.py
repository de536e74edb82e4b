"""Tasks that ask nearly the same: their labels order the same rows in the same way."""

import numpy as np

from banian.examples import GrainExamples
from banian.proposal.design_matrix import centred_ranks

_SAME = 0.95
"""Rank correlation of labels beyond which two tasks ask the same."""
_FEWEST = 50
"""Rows that must have both labels."""


def find_duplicates(rows: GrainExamples) -> dict[str, tuple[str, float]]:
    """Map each task to an earlier one that its labels follow, and to the rank correlation of the two.

    Tasks of classes, whose codes have no order, are left out; so are tasks without such an earlier one.
    """
    ordered = [at for at, task in enumerate(rows.tasks) if task not in rows.classes]
    duplicates: dict[str, tuple[str, float]] = {}
    for place, at in enumerate(ordered):
        for other in ordered[:place]:
            if rows.tasks[other] in duplicates:
                continue
            both = rows.mask[:, at] & rows.mask[:, other]
            if both.sum() < _FEWEST:
                continue
            one, two = centred_ranks(rows.label[both, at]), centred_ranks(rows.label[both, other])
            if one.std() == 0 or two.std() == 0:
                continue
            correlation = float(np.corrcoef(one, two)[0, 1])
            if abs(correlation) > max(_SAME, abs(duplicates.get(rows.tasks[at], ("", 0.0))[1])):
                duplicates[rows.tasks[at]] = (rows.tasks[other], correlation)
    return duplicates
