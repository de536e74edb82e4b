"""From logits to probabilities by a curve that only rises.

Source: Zadrozny and Elkan, KDD 2002 (isotonic regression for calibration); Oron and Flournoy, Statistics in
Biopharmaceutical Research 9, 2017 (each flat piece shrunk to its centre, so that different logits stay different).
"""

from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, final

import numpy as np
from jaxtyping import Float, Float64, Shaped

from banian.predictions.log_odds import log_odds, sigmoid
from banian.predictions.spread import clustered_square
from banian.predictions.wilson import wilson_interval


@final
@dataclass(frozen=True)
class Isotonic:
    """Turns logits into probabilities, and says how sure that is; between knots log-odds go straight."""

    at: tuple[float, ...]
    """Logits of the knots, rising."""
    log_odds: tuple[float, ...]
    """Of what was observed there."""
    lower: tuple[float, ...]
    """Lower ends of the intervals of that, as log-odds."""
    upper: tuple[float, ...]
    """Upper ends."""

    def probability(self, logit: Float[np.ndarray, " row"]) -> Float64[np.ndarray, " row"]:
        """Compute the calibrated probability of each row."""
        return self._read(logit, self.log_odds)

    def interval(
        self, logit: Float[np.ndarray, " row"], share: float
    ) -> tuple[Float64[np.ndarray, " row"], Float64[np.ndarray, " row"]]:
        """Bound where the probabilities would lie in a share of draws of other calibration entities.

        The share is that which the curve was fitted with.
        """
        del share
        return self._read(logit, self.lower), self._read(logit, self.upper)

    def to_dict(self) -> dict[str, Any]:
        """Say it in plain values."""
        return {name: list(numbers) for name, numbers in asdict(self).items()}

    def _read(
        self, logit: Float[np.ndarray, " row"], odds: tuple[float, ...]
    ) -> Float64[np.ndarray, " row"]:
        exact = logit.astype(np.float64)
        # Beyond the outermost knots log-odds go on as the logits do, so that no order is lost.
        beyond = exact - np.clip(exact, self.at[0], self.at[-1])
        return sigmoid(np.interp(exact, self.at, odds) + beyond)


def fit_isotonic(
    logit: Float[np.ndarray, " row"],
    label: Float[np.ndarray, " row"],
    cluster: Shaped[np.ndarray, " row"],
    *,
    share: float,
) -> Isotonic:
    """Fit on rows that neither training nor early stopping has seen; intervals hold in a `share` of draws.

    Units: `label` is 0 or 1, `logit` is finite.
    """
    order = np.argsort(logit, kind="stable")
    exact, truth = logit.astype(np.float64)[order], label.astype(np.float64)[order]
    block = pool_violators(exact, truth)
    rows = np.bincount(block).astype(np.float64)
    hits = np.bincount(block, weights=truth)
    centre = np.bincount(block, weights=exact) / rows
    rate = (hits + 0.5) / (rows + 1)  # never 0 or 1: of some rows nobody knows that
    z = NormalDist().inv_cdf((1 + share) / 2)
    alike = _likeness(truth, rate[block], block, cluster[order])
    lower, upper = wilson_interval(hits / rows, rows / alike, z)
    # Where two blocks come out the same they are kept apart by next to nothing, so that no order is lost.
    odds = np.maximum.accumulate(log_odds(rate)) + 1e-6 * np.arange(len(rate))
    ends = [
        np.minimum(np.maximum.accumulate(log_odds(lower)), odds),
        np.maximum(np.minimum.accumulate(log_odds(upper)[::-1])[::-1], odds),
    ]
    return Isotonic(*(tuple(numbers.tolist()) for numbers in (centre, odds, *ends)))


def pool_violators(
    at: Float64[np.ndarray, " row"], truth: Float64[np.ndarray, " row"]
) -> np.ndarray:
    """Merge rows, which stand in the order of `at`, into blocks whose mean truth rises; give the number of each row's.

    Rows at the same place are in one block.

    >>> pool_violators(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 1.0, 0.0, 1.0])).tolist()
    [0, 1, 1, 2]
    """
    _, first, counts = np.unique(at, return_index=True, return_counts=True)
    starts: list[int] = []
    sums: list[float] = []
    sizes: list[int] = []
    for start, size, total in zip(first, counts, np.add.reduceat(truth, first), strict=True):
        starts.append(int(start))
        sums.append(float(total))
        sizes.append(int(size))
        while len(sums) > 1 and sums[-2] * sizes[-1] >= sums[-1] * sizes[-2]:
            starts.pop()
            sums[-2:] = [sums[-2] + sums[-1]]
            sizes[-2:] = [sizes[-2] + sizes[-1]]
    return np.repeat(np.arange(len(sizes)), sizes)


def _likeness(
    truth: Float64[np.ndarray, " row"],
    rate: Float64[np.ndarray, " row"],
    block: np.ndarray,
    cluster: Shaped[np.ndarray, " row"],
) -> float:
    """Say how many rows count as one, because entities have several in one block; never less than 1."""
    _, pairs = np.unique(cluster, return_inverse=True)
    together = pairs * (int(block.max()) + 1) + block
    found = float(clustered_square((truth - rate)[:, None], together)[0, 0])
    return max(1.0, found / float((rate * (1 - rate)).sum()))
