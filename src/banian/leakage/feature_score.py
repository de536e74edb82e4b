"""The best score that one feature alone reaches for one label, read in whichever way."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Int

from banian.leakage.feature_codes import FeatureCodes
from banian.leakage.target import NEARLY_ALL, AbstractTarget, CodeCounts, Measure
from banian.leakage.target_encoding import rank_by_target_mean


@final
@dataclass(frozen=True)
class FeatureScore:
    """How well one feature alone predicts one label."""

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


def score_feature(
    target: AbstractTarget, readings: Sequence[FeatureCodes], fold: Int[np.ndarray, " row"]
) -> FeatureScore:
    """Score a feature in each of its ways on the rows of a target, and keep the best.

    `readings` are the ways, the plainest first, with one code per row; `fold` is that of each row's entity. An order
    may point either way, and missing values may stand at either end of it. A reading without order is ranked by the
    mean label that each of its codes has in the other folds.
    """
    found, pure = [], 0.0
    for reading in readings:
        codes, size = reading.codes, reading.size
        if not reading.is_ordered:
            codes, size = rank_by_target_mean(codes, size, target.truth, fold)
        counts = CodeCounts.of(codes, size, target.truth)
        value, order = _best_order(target, counts, is_free=reading.is_ordered)
        found.append((value, order, codes, counts, reading.way))
        pure = max(pure, target.purity(codes, counts, order))
    value, order, codes, counts, way = max(found, key=lambda one: one[0])
    interval = target.interval(codes, counts, order, value)
    known = _score_where_known(target, readings[0], found[0][3])
    if known is not None and known[1][0] > interval[0]:
        value, interval = known
        way = f"{readings[0].way} where it is known"
    return FeatureScore(target.name, value, interval, way, pure)


def _best_order(
    target: AbstractTarget, counts: CodeCounts, *, is_free: bool
) -> tuple[float, Int[np.ndarray, " code"]]:
    """Give the best score and its order of codes; a free one may be turned round, and code 0 put last."""
    upwards = np.arange(len(counts.rows))
    if not is_free:
        return target.measure(counts), upwards
    orders = [upwards, np.roll(upwards, -1)] if counts.rows[0] else [upwards]
    found = []
    for order in orders:
        value = target.measure(counts.reorder(order))
        found += [(value, order), (target.reverse(value), order[::-1])]
    return max(found, key=lambda one: one[0])


def _score_where_known(
    target: AbstractTarget, reading: FeatureCodes, counts: CodeCounts
) -> tuple[float, tuple[float, float]] | None:
    """Score an ordered feature on the rows that have it, if it says nearly everything there: score and interval."""
    if not reading.is_ordered or not 0 < counts.rows[0] < counts.rows.sum():
        return None
    is_known = reading.codes > 0
    known = target.keep_if_nearly_told(is_known, counts.reorder(np.arange(1, len(counts.rows))))
    if known is None:
        return None
    codes = reading.codes[is_known]
    counts = CodeCounts.of(codes, reading.size, known.truth)
    value, order = _best_order(known, counts, is_free=True)
    return (value, known.interval(codes, counts, order, value)) if value >= NEARLY_ALL else None
