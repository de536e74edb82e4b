"""Bootstrap intervals of metrics over entities, of one model and of the difference of two; Holm's correction.

Source: Efron, Annals of Statistics 7, 1979 (percentiles); Field and Welsh, Journal of the Royal Statistical Society B
69, 2007 (clusters); Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics
6, 1979 (several findings).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float64, Int, Shaped

from banian.evaluation.metrics import measure
from banian.spec import Metric

_MOST, _LEAST = 1_000, 100
_ROWS_DRAWN = 200_000_000


def bootstrap_interval(
    metric: Metric,
    label: Float64[np.ndarray, "row *part"],
    prediction: Float64[np.ndarray, "row *output"],
    cluster: Shaped[np.ndarray, " row"],
    *,
    weight: Float64[np.ndarray, " row"] | None = None,
    level: float = 0.95,
    resamples: int | None = None,
    seed: int,
) -> tuple[float, float]:
    """Give the interval in which a metric lies in `level` of the draws of entities.

    Entities are drawn, not rows, because rows of one entity resemble each other: drawn one by one they would promise
    more certainty than there is. Draws in which the metric is undefined are left out. (NaN, NaN) where it is so in all,
    or where there are fewer than two entities.

    `label` and `prediction` are as the metric takes them; `cluster` names the entity of each row, any type that sorts;
    `weight` says how much each row counts, alike where there is none. `resamples` is the number of draws, that of
    `resamples_for` where it is left out; `seed` is theirs.

    >>> label, prediction = np.tile([0.0, 4.0], 50), np.full(100, 1.0)
    >>> bootstrap_interval("mae", label, prediction, np.arange(100), seed=0)
    (1.8, 2.2)
    """
    (drawn,) = draw_metric(
        metric, label, [prediction], cluster, weight=weight, resamples=resamples, seed=seed
    )
    return percentiles(drawn, level)


def paired_interval(
    metric: Metric,
    label: Float64[np.ndarray, "row *part"],
    prediction: Float64[np.ndarray, "row *output"],
    other: Float64[np.ndarray, "row *output"],
    cluster: Shaped[np.ndarray, " row"],
    *,
    weight: Float64[np.ndarray, " row"] | None = None,
    level: float = 0.95,
    resamples: int | None = None,
    seed: int,
) -> tuple[float, float]:
    """Give the interval of the metric of `prediction` less that of `other`, on the same draws of entities.

    What makes a draw hard makes it hard for both, so it is narrower than the two intervals suggest. The arguments are
    those of `bootstrap_interval`.

    >>> label = np.tile([0.0, 4.0], 50)
    >>> paired_interval("mae", label, label + 1, label + 2, np.arange(100), seed=0)
    (-1.0, -1.0)
    """
    first, second = draw_metric(
        metric,
        label,
        [prediction, other],
        cluster,
        weight=weight,
        resamples=resamples,
        seed=seed,
    )
    return percentiles(first - second, level)


def resamples_for(rows: int) -> int:
    """Choose how often to draw: 1,000 times up to 200,000 rows, then less, never below 100.

    Beyond 200,000 rows the product of rows and draws stays the same, and with it the time; the
    percentiles then become rougher, but the interval that they bound is narrow. From 2,000,000
    rows on the time grows with the rows.

    >>> resamples_for(2_000), resamples_for(800_000), resamples_for(50_000_000)
    (1000, 250, 100)
    """
    return max(_LEAST, min(_MOST, _ROWS_DRAWN // max(rows, 1)))


def draw_metric(
    metric: Metric,
    label: Float64[np.ndarray, "row *part"],
    predictions: Sequence[Float64[np.ndarray, "row *output"]],
    cluster: Shaped[np.ndarray, " row"],
    *,
    weight: Float64[np.ndarray, " row"] | None = None,
    resamples: int | None = None,
    seed: int,
) -> Float64[np.ndarray, "prediction draw"]:
    """Compute the metric of several predictions on the same draws of entities; NaN where it is undefined.

    The arguments are those of `bootstrap_interval`. All is NaN where there are fewer than two entities.

    >>> label = np.array([0.0, 4.0])
    >>> draw_metric("mae", label, [label + 1, label + 2], np.arange(2), resamples=3, seed=0)
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    draws = resamples_for(len(label)) if resamples is None else resamples
    values = np.full((len(predictions), draws), np.nan)
    names, entity = np.unique(cluster, return_inverse=True)
    if len(names) < 2:
        return values  # one entity says nothing about others
    counts = np.ones(len(label)) if weight is None else weight
    rows = [_in_order(label, prediction, entity, counts) for prediction in predictions]
    generator = np.random.Generator(np.random.PCG64(seed))
    for draw in range(draws):  # one at a time: memory stays that of the rows
        chosen = generator.integers(len(names), size=len(names))
        times = np.bincount(chosen, minlength=len(names)).astype(np.float64)
        for which, (its_label, its_prediction, its_entity, its_weight) in enumerate(rows):
            drawn = times[its_entity] * its_weight
            values[which, draw] = measure(metric, its_label, its_prediction, drawn)
    return values


def _in_order(
    label: Float64[np.ndarray, "row *part"],
    prediction: Float64[np.ndarray, "row *output"],
    entity: Int[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> tuple[np.ndarray, ...]:
    """Sort rows by their prediction, the highest first, and let equal rows of an entity be one that weighs as much.

    Metrics of order need the rows in order: sorted once, not in every draw. A constant says the same of all rows, so
    that hardly more are left of them than there are entities.
    """
    if label.ndim > 1 or prediction.ndim > 1:
        order = np.argsort(-prediction.reshape(len(prediction), -1)[:, 0], kind="stable")
        return label[order], prediction[order], entity[order], weight[order]
    order = np.lexsort((entity, label, -prediction))
    label, prediction, entity = label[order], prediction[order], entity[order]
    is_new = np.ones(len(order), bool)
    for part in (label, prediction, entity):
        is_new[1:] &= part[1:] == part[:-1]
    is_new[1:] = ~is_new[1:]
    together = np.bincount(np.cumsum(is_new) - 1, weights=weight[order])
    return label[is_new], prediction[is_new], entity[is_new], together


def percentiles(drawn: Float64[np.ndarray, " draw"], level: float) -> tuple[float, float]:
    """Give the two percentiles between which `level` of the drawn values lie; NaN is left out.

    >>> percentiles(np.array([3.0, np.nan, 1.0, 2.0, 4.0, 5.0]), 0.5)
    (1.5, 4.5)
    """
    defined = drawn[~np.isnan(drawn)]
    if len(defined) == 0:
        return float("nan"), float("nan")
    # weibull: the k-th of n draws stands for k / (n + 1); the default would promise too much
    # where draws are few
    ends = [(1 - level) / 2, (1 + level) / 2]
    lower, upper = np.quantile(defined, ends, method="weibull")
    return float(lower), float(upper)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Correct named p-values for being looked at together: the chance of any false finding at a level stays below it.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    order = sorted(p_values, key=lambda name: p_values[name])
    corrected, highest = {}, 0.0
    for place, name in enumerate(order):
        highest = max(highest, min(1.0, p_values[name] * (len(order) - place)))
        corrected[name] = highest
    return {name: corrected[name] for name in p_values}
