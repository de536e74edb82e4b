"""Whether a bundle that works is worse than the present one: by the scores on its card, and by what it answers."""

from collections.abc import Mapping
from typing import Any, final

import numpy as np
from jaxtyping import Float64

from banian.evaluation import higher_is_better
from banian.predictions import PredictionTable

LEAST = 64
"""Answers to a task below which nothing is said of them."""
_BEYOND = 1.5
"""How many half widths of the interval of a difference a score must lie behind: three standard errors."""


def find_worse_scores(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Say of which tasks a card has a score that is worse than another card's beyond what chance does.

    Scores of the two may be of other rows, so their intervals are taken to be independent.

    Args:
        before: card of the bundle that answers.
        after: card of the one that is to answer.

    Returns:
        A phrase for each such task.

    """
    found = []
    for task, new in after.get("scores", {}).items():
        old = before.get("scores", {}).get(task)
        if (
            old is None
            or old["metric"] != new["metric"]
            or not (old["interval"] and new["interval"])
        ):
            continue
        sign = 1.0 if higher_is_better(new["metric"]) else -1.0
        loss = sign * (old["value"] - new["value"])
        width = np.hypot(*(np.ptp(one["interval"]) / 2 for one in (old, new)))
        if loss > _BEYOND * width:
            found.append(f"{task} ({new['metric']} {new['value']:.4g}, was {old['value']:.4g})")
    return found


@final
class AnswerComparison:
    """Holds what a new bundle answers against what the present one answers to the same asks."""

    def __init__(self) -> None:
        self._before: dict[str, list[np.ndarray]] = {}
        self._after: dict[str, list[np.ndarray]] = {}

    def add(self, before: PredictionTable, after: PredictionTable) -> None:
        """Take in what both answered to some asks."""
        for found, table in ((self._before, before), (self._after, after)):
            tasks, values = table.rows["task"].to_numpy(), table.rows["value"].to_numpy()
            for task in np.unique(tasks):
                found.setdefault(str(task), []).append(values[tasks == task])

    def distances(self) -> dict[str, float]:
        """Map the tasks with enough answers to how far the two distributions of them are apart, from 0 to 1."""
        found = {}
        for task in self._before.keys() & self._after.keys():
            before, after = (np.concatenate(one[task]) for one in (self._before, self._after))
            if min(len(before), len(after)) >= LEAST:
                found[task] = kolmogorov_distance(before, after)
        return dict(sorted(found.items()))

    def find_moved(self, most: float) -> list[str]:
        """Say which tasks are answered otherwise by more than a distance, a phrase for each."""
        return [
            f"{task} (distance {distance:.2f}, mean {np.mean(np.concatenate(self._after[task])):.4g}, "
            f"was {np.mean(np.concatenate(self._before[task])):.4g})"
            for task, distance in self.distances().items()
            if distance > most
        ]


def kolmogorov_distance(one: Float64[np.ndarray, " _"], other: Float64[np.ndarray, " _"]) -> float:
    """Give the largest difference between the shares of two samples that lie below a value.

    >>> kolmogorov_distance(np.array([1.0, 2.0]), np.array([1.0, 3.0]))
    0.5

    """
    at = np.sort(np.concatenate([one, other]))
    below = [np.searchsorted(np.sort(part), at, side="right") / len(part) for part in (one, other)]
    return float(np.abs(below[0] - below[1]).max())
