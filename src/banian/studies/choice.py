"""Which predictor serves a task: the best on the validation rows beyond noise, the first on a tie."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, final

import numpy as np
from jaxtyping import Float64, Shaped

from banian.evaluation import draw_metric, higher_is_better, measure
from banian.evaluation.outcome import Reading
from banian.predictions import average_values
from banian.spec import Metric, Predictor

_SURE = 0.9
"""Share of the draws of entities in which the best must beat those that are preferred to it."""
_MOST_DRAWS = 400

Read = Callable[[Float64[np.ndarray, "row output"]], Reading]


@final
@dataclass(frozen=True)
class Choice:
    """What serves a task, and why."""

    predictors: tuple[Predictor, ...]
    """One, or several whose values are averaged."""
    why: str
    scores: Mapping[str, float]
    """Candidate → its headline metric on the validation rows."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values; what is undefined is None."""
        scores = {name: s if np.isfinite(s) else None for name, s in self.scores.items()}
        return {"predictors": list(self.predictors), "why": self.why, "scores": scores}


def choose_predictors(
    metric: Metric,
    read: Read,
    values: Mapping[Predictor, Float64[np.ndarray, "row output"]],
    cluster: Shaped[np.ndarray, " row"],
    *,
    seed: int,
) -> Choice:
    """Choose among the predictors and the averages of the first with others.

    The rows are those that select the task; `read` gives labels and predictions as the metric takes them. Preferred are
    the first, then averages with it, then the others; among equals of that order the better. What serves is the most
    preferred that the best of all does not surely beat, which is: in at least nine of ten draws of entities.

    >>> label, noise = np.tile([0.0, 10.0], 50), np.tile([3.0, -3.0, 2.0, -2.0], 25)
    >>> said = {"joint": (label + noise)[:, None], "trees": label[:, None]}
    >>> read = lambda values: (label, values[:, 0])
    >>> choose_predictors("mae", read, said, np.arange(100), seed=0).predictors
    ('trees',)
    """
    candidates = {name: _mean(values, name) for name in _candidates(tuple(values))}
    sign = 1.0 if higher_is_better(metric) else -1.0
    readings = {name: read(value) for name, value in candidates.items()}
    scores = {
        name: measure(metric, *reading, np.ones(len(cluster))) for name, reading in readings.items()
    }
    first, *others = candidates
    shown = {" + ".join(name): score for name, score in scores.items()}
    best = max(scores, key=lambda name: (_known(sign * scores[name]), name == first))
    if best == first:
        return Choice(first, "no other is better on the validation rows", shown)
    label = readings[best][0]
    ranked = sorted(others, key=lambda name: (len(name) == 1, -_known(sign * scores[name])))
    preferred = (first, *ranked[: ranked.index(best)])
    drawn = draw_metric(
        metric,
        label,
        [readings[name][1] for name in (best, *preferred)],
        cluster,
        resamples=_MOST_DRAWS,
        seed=seed,
    )
    shares = dict(
        zip(preferred, (_share(sign * (drawn[0] - one)) for one in drawn[1:]), strict=True)
    )
    for name, share in shares.items():
        if share < _SURE:
            why = f"{' + '.join(best)} is better in {share:.0%} of draws of the validation rows, which may be chance"
            return Choice(name, why, shown)
    surely = min(shares.values())
    return Choice(
        best,
        f"better than any preferred to it in {surely:.0%} of draws of the validation rows",
        shown,
    )


def _share(ahead: Float64[np.ndarray, " draw"]) -> float:
    known = ahead[~np.isnan(ahead)]
    return float((known > 0).mean()) if len(known) else 0.0


def _candidates(predictors: tuple[Predictor, ...]) -> list[tuple[Predictor, ...]]:
    first, *others = predictors
    joined: list[tuple[Predictor, ...]] = [
        (first, *few) for size in range(1, len(others) + 1) for few in combinations(others, size)
    ]
    return [*((predictor,) for predictor in predictors), *joined]


def _mean(
    values: Mapping[Predictor, Float64[np.ndarray, "row output"]], predictors: tuple[Predictor, ...]
) -> Float64[np.ndarray, "row output"]:
    return average_values([values[predictor] for predictor in predictors])


def _known(score: float) -> float:
    return -np.inf if np.isnan(score) else score
