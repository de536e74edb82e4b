"""A part of the rows, singled out by one feature, in which nearly all belong to the rarer class."""

import numpy as np
from jaxtyping import Int

from banian.leakage.target import CodeCounts

_PURITY = 0.97
"""Share of the part that must belong to the rarer class."""
_ENTITIES = 30
"""So many entities it must have."""
_RARE = 0.25
"""The rarer class is at most this share of all rows: among many buyers the most frequent come back nearly always."""


def purest_end(
    codes: Int[np.ndarray, " row"],
    counts: CodeCounts,
    order: Int[np.ndarray, " code"],
    cluster: Int[np.ndarray, " row"],
) -> float:
    """Give the share of the rarer class that stands at one end of an order with almost nothing else among it.

    `counts` are those of `codes` and a label of 0 and 1; `cluster` names the entity of each row. 0 where that part
    has fewer than 30 entities, or where no class is rare.

    >>> label, codes = np.repeat([1.0, 0.0], [100, 900]), np.repeat([1, 2], [60, 940])
    >>> purest_end(codes, CodeCounts.of(codes, 3, label), np.arange(3), np.arange(1000))
    0.6
    """
    rare, rest = counts.total[order], (counts.rows - counts.total)[order]
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
        if len(np.unique(cluster[is_inside[codes]])) >= _ENTITIES:
            best = float(share[pure[-1]])
    return best
