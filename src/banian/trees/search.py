"""Trees of several settings that grow a while side by side, until only the better ones go on (successive halving).

Source: Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", AISTATS 2016,
algorithm 1, with rounds of boosting as the budget and early stopping by the headline metric.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, final

import lightgbm as lgb
import numpy as np
from jaxtyping import Float64

_RUNGS = (200,)
"""Rounds after which the worse half of the settings is given up."""
_PATIENCE = 50
"""Rounds without a better score after which growing ends."""

Judge = Callable[[Float64[np.ndarray, "*shape"]], float]
"""From what LightGBM predicts of the validation rows, its link applied, to a number that is the higher the better."""


@final
class GrowingTrees:
    """Trees of one setting, and how good they have been so far.

    Args:
        settings: What LightGBM is told.
        training: The rows to grow on, binned.
        valid: The rows to judge by, binned alike.
        judge: How good what is predicted of the latter is.
        most: Rounds after which growing ends in any case.

    """

    def __init__(
        self,
        settings: dict[str, Any],
        training: lgb.Dataset,
        valid: lgb.Dataset,
        judge: Judge,
        *,
        most: int,
    ) -> None:
        self.settings = settings
        self.best, self.rounds = -np.inf, 0
        """The best score, and after how many rounds it came first."""
        self._judge, self._most, self._grown = judge, most, 0
        self._booster = lgb.Booster(settings, training)
        self._booster.add_valid(valid, "valid")

    def grow(self, until: int | None) -> None:
        """Grow up to a round, unless growing ends before; to the end if there is none."""
        most = self._most if until is None else min(until, self._most)
        while self._grown < most and self._grown - self.rounds < _PATIENCE:
            if self._booster.update():  # nothing is left to split
                self._most = most = self._grown
            self._grown += 1
            score = self._booster.eval_valid(self._evaluate)[0][2]
            if score > self.best or not self.rounds:
                self.best, self.rounds = score, self._grown

    def predict(self, matrix: np.ndarray) -> Float64[np.ndarray, "*shape"]:
        """Give the raw scores of rows at the best round."""
        score = self._booster.predict(matrix, raw_score=True, num_iteration=self.rounds)
        return np.asarray(score)

    def _evaluate(self, predicted: np.ndarray, _: lgb.Dataset) -> tuple[str, float, bool]:
        return "judged", float(np.nan_to_num(self._judge(predicted), nan=-np.inf)), True


def find_best(
    tried: Sequence[Callable[[], GrowingTrees]], *, at_once: int
) -> tuple[int, GrowingTrees]:
    """Grow them side by side, so many at once; give the place of the best, and its trees; of equals the first.

    At each rung only the better half goes on.
    """
    with ThreadPoolExecutor(at_once) as cores:
        growing = dict(enumerate(cores.map(partial(_begin, until=_RUNGS[0]), tried)))
        for until in (*_RUNGS[1:], None):
            ranked = sorted(growing, key=lambda place: -growing[place].best)
            growing = {place: growing[place] for place in ranked[: -(-len(ranked) // 2)]}
            list(cores.map(partial(GrowingTrees.grow, until=until), growing.values()))
    return max(growing.items(), key=lambda found: (found[1].best, -found[0]))


def _begin(make: Callable[[], GrowingTrees], *, until: int) -> GrowingTrees:
    trees = make()
    trees.grow(until)
    return trees
