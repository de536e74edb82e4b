"""How far labels and trailing levels are believed, so that one mistyped amount does not decide for all rows.

Source: Hampel, "The influence curve and its role in robust estimation", Journal of the American Statistical Association
69, 1974: what one row can do to a fit is to be bounded. Where the bound lies, the inner rows say alone: the farthest,
among which a mistyped one would be, have no part in it.
"""

import math
import sys
from dataclasses import dataclass
from statistics import NormalDist
from typing import final

import numpy as np
from jaxtyping import Float

FEWEST = 20
"""Of fewer rows nobody can say which one is far out: they are all believed."""
_HEAVY_SHARE = 0.05
"""The share of rows that weigh alike and say nothing of the tail, however far out they lie. With windows that overlap,
one mistyped order is in the past or the future of ten rows: five of two thousand orders reached a fiftieth of them."""
_FEWEST = 5
"""And as many rows at least, for the same reason."""
_BEYOND = 5
"""The tail is measured between the heavy rows and so many times as many."""
_WITNESSES = 0.005
"""The share of rows that are to bear out a far amount."""
_STEEPEST, _FLATTEST = 2.0, 0.3
"""Limits of a tail's standard deviation in logs. With more than 2 the sum of some thousand rows would be that of a few;
with less than .3 ties, as of prices and small counts, would look like a tail that ends."""
_BORNE_OUT = 3.0
"""Past and future of one entity are alike where neither is more than so many times the other."""
_ROOM = 5.0
"""And a level acts in its own row's answer alone, as weights are bounded: so many times farther it is believed, since a
new large customer is no error either. Of log-normal amounts with σ = 2 none is then cut that matters."""
_NEVER = sys.float_info.max


@final
@dataclass(frozen=True)
class Bounds:
    """The range in which labels and levels are believed; beyond, they count as its ends.

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


def fit_bounds(label: Float[np.ndarray, " row"], level: Float[np.ndarray, " row"]) -> Bounds:
    """Fit the range in which the labels of some rows, and their entities' trailing levels, are believed.

    Labels are believed as far from their median as one row in n would lie if the tail went on as it does between its
    quarter and its twentieth, and levels five times as far from 0; both farther, as far as the past and the future of
    one row in two hundred bear each other out: a few large customers are no error. Of fewer than twenty rows everything
    is believed.

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
    witnesses = _count(_WITNESSES, len(label))
    borne_out = _largest(np.minimum(size, _BORNE_OUT * level), witnesses)
    followed = _largest(np.minimum(level, _BORNE_OUT * size), witnesses)
    far = reach(label - centre) or float(
        np.abs(label - centre).max()
    )  # one beside equals says nothing
    if centre and np.count_nonzero(label != centre) < _FEWEST:
        far = min(far, _BORNE_OUT * abs(centre))  # too few differ to say how far one may
    far = max(far, borne_out - centre)
    return Bounds(
        lowest=centre - far,
        highest=centre + far,
        level=_ROOM * (max(reach(level), followed) or far) or _NEVER,
        heavy=_largest(level, _count(_HEAVY_SHARE, len(level))),
    )


def reach(deviation: Float[np.ndarray, " row"]) -> float:
    """Extrapolate how far from 0 the farthest of the rows that are not at 0 lies, from those that lie less far.

    The tail is that of a log-normal distribution through two of these. With fewer than two it is 0.

    >>> sizes = np.linspace(1.0, 10.0, 1000)
    >>> far, spoilt = reach(sizes), reach(np.append(sizes, 1e9))
    >>> 10.0 < far < spoilt < 1.01 * far < 20.0
    True
    """
    size = np.abs(deviation[deviation != 0])
    rows = len(size)
    if rows < 2:
        return 0.0
    inner = min(_count(_HEAVY_SHARE, rows), max(rows // 2, 2))
    outer = min(_BEYOND * inner, max(rows // 2, inner))
    high, low = _largest(size, inner), _largest(size, outer)
    place, start, end = (NormalDist().inv_cdf(1 - at / (rows + 1)) for at in (inner, outer, 1))
    spread = math.log(high / low) / (place - start) if place > start else 0.0
    return high * math.exp(min(max(spread, _FLATTEST), _STEEPEST) * (end - place))


def _count(share: float, rows: int) -> int:
    return max(math.ceil(share * rows), _FEWEST)


def _largest(value: Float[np.ndarray, " row"], rank: int) -> float:
    """Find the value that `rank` rows reach."""
    return float(np.partition(value, len(value) - rank)[len(value) - rank])
