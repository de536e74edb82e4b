"""How far labels and trailing levels are believed, so that one mistyped amount does not decide for all rows.

Source: Weissman, "Estimation of parameters and large quantiles based on the k largest observations", Journal of the
American Statistical Association 73, 1978: the quantile that one row in n reaches, from two that many rows reach. The
largest values themselves, among which a mistyped one would be, have no part in it.
"""

import math
import sys
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

FEWEST = 20
"""Of fewer rows nobody can say which one is far out: they are all believed."""
_HEAVY_SHARE = 0.01
"""The share of rows that weigh alike, however far out they lie. One mistyped order reaches a tenth of that in a shop of
thousands of rows, by windows that overlap; ten times as many would blur whom most of the money comes from."""
_FEWEST_HEAVY = 5
"""And as many rows at least, for the same reason."""
_STEEPEST, _FLATTEST = 1.0, 0.3
"""Limits of the tail index: beyond 1 a mean would not exist, and one row could be nearly all of it; below .3 (twice as
much for the tenth part of the rows) ties, as of prices and small counts, would look like a tail that ends."""
_BORNE_OUT = 10.0
"""Past and future of one entity are alike where neither is more than so many times the other."""
_NEVER = sys.float_info.max


@final
@dataclass(frozen=True)
class Bounds:
    """What labels and levels of training looked like at their far ends.

    >>> Bounds(lowest=0.0, highest=90.0).clip(np.array([-1.0, 8.0, 1e8]))
    array([ 0.,  8., 90.])
    """

    lowest: float = -_NEVER
    """Labels below count as this, in their unit."""
    highest: float = _NEVER
    """Labels above count as this."""
    level: float = _NEVER
    """Trailing levels above count as this."""
    heavy: float = _NEVER
    """Rows with a level above weigh as if they had this one."""

    def clip(self, label: Float[np.ndarray, " row"]) -> Float[np.ndarray, " row"]:
        """Bring labels, or predictions of them, into the range that is believed."""
        return np.clip(label, self.lowest, self.highest)

    def to_dict(self) -> dict[str, float]:
        """Give the fields as plain values."""
        return dict(vars(self))

    @classmethod
    def from_dict(cls, tree: dict[str, Any] | None) -> "Bounds":
        """Read what `to_dict` gave; what an older Banian wrote had none."""
        return cls(**(tree or {}))


def fit_bounds(label: Float[np.ndarray, " row"], level: Float[np.ndarray, " row"]) -> Bounds:
    """Say how far the labels of some rows, and their entities' trailing levels, are to be believed.

    Labels are believed as far from their median, and levels as far from 0, as one row in n would lie if the tail went
    on as it does between its tenth and its hundredth part; and farther, as far as the past and the future of five rows
    bear each other out: a few large customers are no error. Of fewer than twenty rows everything is believed.

    >>> label = np.append(np.linspace(5.0, 25.0, 400), 1e8)
    >>> found = fit_bounds(label, np.zeros(401))
    >>> found.lowest < 5.0, 25.0 < found.highest < 40.0
    (True, True)
    """
    if len(label) < FEWEST:
        return Bounds()
    label = label.astype(np.float64)
    level = np.maximum(level.astype(np.float64), 0.0)
    centre = float(np.median(label))
    size = np.abs(label)
    borne_out = _largest(np.minimum(size, _BORNE_OUT * level), _FEWEST_HEAVY)
    followed = _largest(np.minimum(level, _BORNE_OUT * size), _FEWEST_HEAVY)
    far = reach(label - centre)
    if centre and np.count_nonzero(label != centre) < _FEWEST_HEAVY:
        far = min(far, _BORNE_OUT * abs(centre))  # too few differ to say how far one may
    far = max(far, borne_out - centre)
    return Bounds(
        lowest=centre - far,
        highest=centre + far,
        level=max(reach(level), followed) or _NEVER,  # where there was none, nothing is known of it
        heavy=_largest(level, _count_heavy(len(level))),
    )


def reach(deviation: Float[np.ndarray, " row"]) -> float:
    """Say how far from 0 one in all rows that are not at 0 would lie, judged by those that lie less far.

    >>> pareto = 1 / np.arange(1.0, 1001) ** 0.5
    >>> round(float(reach(pareto)), 3), round(float(reach(np.append(pareto, 1e9))), 3)
    (1.0, 1.009)
    """
    size = np.abs(deviation[deviation != 0])
    rows = len(size)
    if rows < 2:
        return float(size.sum())  # beside nothing else, nothing is far out
    inner = min(_count_heavy(rows), max(rows // 2, 2))
    outer = min(10 * inner, max(rows // 2, inner))
    index = _FLATTEST
    high, low = _largest(size, inner), _largest(size, outer)
    if outer > inner and low > 0:
        index = max(index, math.log(high / low) / math.log(outer / inner))
    return min(high * inner ** min(index, _STEEPEST), _NEVER)


def _count_heavy(rows: int) -> int:
    return max(math.ceil(_HEAVY_SHARE * rows), _FEWEST_HEAVY)


def _largest(value: Float[np.ndarray, " row"], rank: int) -> float:
    """Give the value that so many rows reach."""
    return float(np.partition(value, len(value) - rank)[len(value) - rank])
