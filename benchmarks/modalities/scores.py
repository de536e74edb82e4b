"""Metrics of what several rivals say of the same rows, on the same draws of groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Shaped

from banian.evaluation import draw_metric, higher_is_better, measure
from banian.evaluation.bootstrap import percentiles
from banian.spec import Metric
from modalities.ndcg import ndcg_of_groups

_LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A value and where it lies in 95 of 100 draws."""

    value: float
    lower: float
    upper: float

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.lower:.4g}, {self.upper:.4g}]"


@dataclass(frozen=True)
class Scored:
    """Rivals on one metric: their values, and their values in each draw."""

    metric: Metric
    value: Float64[np.ndarray, " rival"]
    drawn: Float64[np.ndarray, "rival draw"]

    def interval(self, rival: int) -> Interval:
        """Give a rival's value with its interval."""
        return Interval(float(self.value[rival]), *percentiles(self.drawn[rival], _LEVEL))

    def ahead(self, rival: int, other: int) -> Interval:
        """Give by how much a rival is better than another; positive is better, whatever the metric."""
        sign = 1 if higher_is_better(self.metric) else -1
        value = sign * float(self.value[rival] - self.value[other])
        drawn = sign * (self.drawn[rival] - self.drawn[other])
        return Interval(value, *percentiles(drawn, _LEVEL))


def score(
    metric: Metric,
    label: Float64[np.ndarray, " row"],
    rivals: Sequence[Float[np.ndarray, "seed row"]],
    group: Shaped[np.ndarray, " row"],
    *,
    draws: int | None = None,
) -> Scored:
    """Measure rivals, each the mean over its seeds; `ndcg` is that of each group, `recall` is what the rival says.

    `draws` is how often groups are drawn; as `banian.evaluation` does where it is left out.
    """
    said = [one.astype(np.float64) for rival in rivals for one in rival]
    if metric == "ndcg":
        said = [ndcg_of_groups(label, one, group) for one in said]
        group = np.unique(group)
        there = ~np.isnan(said[0])
        said, group = [one[there] for one in said], group[there]
        label = np.zeros(len(group))
    weight = np.ones(len(label))
    values = np.array([measure(metric, label, one, weight) for one in said])
    drawn = draw_metric(metric, label, said, group, resamples=draws, seed=0)
    rival_of = np.repeat(np.arange(len(rivals)), [len(rival) for rival in rivals])
    each = [np.flatnonzero(rival_of == rival) for rival in range(len(rivals))]
    return Scored(
        metric,
        np.array([values[seeds].mean() for seeds in each]),
        np.stack([drawn[seeds].mean(axis=0) for seeds in each]),
    )
