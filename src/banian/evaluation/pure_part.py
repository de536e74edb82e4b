"""A part of the rows, told by one feature, in which nearly all belong to the rarer class."""

import numpy as np
from jaxtyping import Int

from banian.evaluation.single_auc import Classes
from banian.evaluation.tally import Tally

_PURITY = 0.97
_ENTITIES = 30
_RARE = 0.25


def pure_part(
    rows: Classes,
    codes: Int[np.ndarray, " row"],
    tally: Tally,
    order: Int[np.ndarray, " code"],
) -> float:
    """Give the share of the rarer class that stands at one end of an order with almost nothing else among it.

    0 where that part has fewer than 30 entities, or where no class is rare: among many buyers the most frequent come
    back nearly always, and that is no fault.

    >>> rows = Classes(np.repeat([1.0, 0.0], [100, 900]), np.arange(1000))
    >>> codes = np.repeat([1, 2], [60, 940])
    >>> pure_part(rows, codes, Tally.of(codes, 3, rows.truth), np.arange(3))
    0.6
    """
    rare, rest = tally.total[order], (tally.rows - tally.total)[order]
    if rare.sum() > rest.sum():
        rare, rest = rest, rare
    if rare.sum() > _RARE * (rare.sum() + rest.sum()):
        return 0.0
    best = 0.0
    for turn in (slice(None), slice(None, None, -1)):
        found, other = np.cumsum(rare[turn]), np.cumsum(rest[turn])
        share = found / found[-1]
        pure = np.flatnonzero((found * (1 - _PURITY) >= other * _PURITY) & (share > best))
        if not len(pure):
            continue
        is_inside = np.zeros(len(order), bool)
        is_inside[order[turn][: pure[-1] + 1]] = True
        if len(np.unique(rows.cluster[is_inside[codes]])) >= _ENTITIES:
            best = float(share[pure[-1]])
    return best
