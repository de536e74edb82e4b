"""The best that one feature can say about a label, read in whichever way."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, final

import numpy as np
from jaxtyping import Int

from banian.evaluation.feature_codes import FeatureCodes
from banian.evaluation.fold_means import rank_by_fold_means
from banian.evaluation.pure_part import pure_part
from banian.evaluation.single_auc import Classes
from banian.evaluation.single_correlation import Ranks
from banian.evaluation.tally import Tally

Measure = Literal["auc", "rank correlation"]

NEARLY_ALL = 0.97
"""From here on it is worth asking what a feature says where it is known."""


@final
@dataclass(frozen=True)
class FeatureScore:
    """What one feature says about one label."""

    measure: Measure
    value: float
    """Area under the ROC curve, 0.5 to 1, or rank correlation, 0 to 1, whichever way the feature points.

    A little less where it says nothing: a text is only read the way in which the other folds point."""
    interval: tuple[float, float]
    """95 %, over entities."""
    way: str
    """What of the feature was looked at: its order, its values, its last digit, …"""
    pure: float
    """Share of the rarer class in a part of the rows that holds hardly anything else; 0 if there is none."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)


def score_readings(
    rows: Classes | Ranks, readings: Sequence[FeatureCodes], fold: Int[np.ndarray, " row"]
) -> FeatureScore:
    """Score a feature in each of its ways and keep the best.

    An order may point either way, and what is not known may stand at either end of it. A reading without order is
    ranked by the mean label that each of its codes has in the other folds.
    """
    found, pure = [], 0.0
    for reading in readings:
        codes, size = reading.codes, reading.size
        if not reading.is_ordered:
            codes, size = rank_by_fold_means(codes, size, rows.truth, fold)
        tally = Tally.of(codes, size, rows.truth)
        value, order = _best_order(rows, tally, is_free=reading.is_ordered)
        found.append((value, order, codes, tally, reading.way))
        if isinstance(rows, Classes):
            pure = max(pure, pure_part(rows, codes, tally, order))
    value, order, codes, tally, way = max(found, key=lambda one: one[0])
    interval = rows.interval(codes, tally, order, value)
    inner = _where_known(rows, readings[0], found[0][3])
    if inner is not None and inner[1][0] > interval[0]:
        value, interval = inner
        way = f"{readings[0].way} where it is known"
    measure: Measure = "auc" if isinstance(rows, Classes) else "rank correlation"
    return FeatureScore(measure, value, interval, way, pure)


def _best_order(
    rows: Classes | Ranks, tally: Tally, *, is_free: bool
) -> tuple[float, Int[np.ndarray, " code"]]:
    upwards = np.arange(len(tally.rows))
    if not is_free:
        return rows.measure(tally), upwards
    orders = [upwards, np.roll(upwards, -1)] if tally.rows[0] else [upwards]
    found = []
    for order in orders:
        value = rows.measure(tally.reorder(order))
        found += [(value, order), (rows.reverse(value), order[::-1])]
    return max(found, key=lambda one: one[0])


def _where_known(
    rows: Classes | Ranks, reading: FeatureCodes, tally: Tally
) -> tuple[float, tuple[float, float]] | None:
    """Score an ordered feature on the rows that have it, if it says nearly everything there."""
    if not reading.is_ordered or not 0 < tally.rows[0] < tally.rows.sum():
        return None
    known = reading.codes > 0
    truth, cluster = rows.truth[known], rows.cluster[known]
    rough = abs(rows.measure(tally.reorder(np.arange(1, len(tally.rows)))))
    inner: Classes | Ranks
    if isinstance(rows, Classes):
        if not max(rough, 1 - rough) >= NEARLY_ALL:  # NaN, where one class is absent, is not
            return None
        inner = Classes(truth, cluster)
    else:
        if rough < NEARLY_ALL * truth.std():
            return None
        inner = Ranks.of(truth, cluster)
    codes = reading.codes[known]
    tally = Tally.of(codes, reading.size, inner.truth)
    value, order = _best_order(inner, tally, is_free=True)
    return (value, inner.interval(codes, tally, order, value)) if value >= NEARLY_ALL else None
