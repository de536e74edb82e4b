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

_LIKELY, _SURE = 0.75, 0.9
"""Shares of the draws of entities in which an average with the first must be better than it, and in which another must
be better alone than what the first has part in: averaging errors of different make costs little and risks less."""
_MOST_DRAWS = 400

Read = Callable[[Float64[np.ndarray, "row output"]], Reading]
"""From uncalibrated outputs of the validation rows to labels and predictions as the metric takes them."""


@final
@dataclass(frozen=True)
class Choice:
    """What serves a task, and why."""

    predictors: tuple[Predictor, ...]
    """One, or several whose outputs are averaged."""
    why: str
    """The reason, for people."""
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
    weight: Float64[np.ndarray, " row"] | None = None,
    seed: int,
) -> Choice:
    """Choose among the predictors and the averages of the first with others.

    The first serves, unless the best average with it is better in three of four draws of entities. Another serves
    alone if it is better than that in nine of ten.

    The rows are those that select the task. `values` maps each predictor, the default first, to its uncalibrated
    outputs there; `read` turns outputs into labels and predictions as the metric takes them; `cluster` is the entity of
    each row, `weight` how much it counts, alike where there is none; `seed` is that of the draws.

    >>> label, noise = np.tile([0.0, 10.0], 50), np.tile([3.0, -3.0, 2.0, -2.0], 25)
    >>> said = {"joint": (label + noise)[:, None], "trees": label[:, None]}
    >>> read = lambda values: (label, values[:, 0])
    >>> choose_predictors("mae", read, said, np.arange(100), seed=0).predictors
    ('trees',)
    """
    candidates = {name: _mean(values, name) for name in _candidates(tuple(values))}
    sign = 1.0 if higher_is_better(metric) else -1.0
    readings = {name: read(value) for name, value in candidates.items()}
    counts = np.ones(len(cluster)) if weight is None else weight
    scores = {name: measure(metric, *reading, counts) for name, reading in readings.items()}
    names = list(candidates)
    first, alone = names[0], [name for name in names[1:] if len(name) == 1]
    averages = [name for name in names if len(name) > 1]
    drawn = draw_metric(
        metric,
        readings[first][0],
        [readings[name][1] for name in names],
        cluster,
        weight=weight,
        resamples=_MOST_DRAWS,
        seed=seed,
    )
    draws = {name: sign * one for name, one in zip(names, drawn, strict=True)}
    serves, why = first, "no other is better on the validation rows"
    for rivals, least in ((averages, _LIKELY), (alone, _SURE)):
        best = max(rivals, key=lambda name: _known(sign * scores[name]), default=serves)
        if _known(sign * scores[best]) > _known(sign * scores[serves]):
            share = _share(draws[best] - draws[serves])
            said = (
                f"better than {' + '.join(serves)} in {share:.0%} of draws of the validation rows"
            )
            if share >= least:
                serves, why = best, said
            elif serves == first:
                why = f"{' + '.join(best)} is {said}, which may be chance"
    shown = {" + ".join(name): score for name, score in scores.items()}
    return Choice(serves, why, shown)


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
