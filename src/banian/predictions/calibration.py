"""Curves from log-odds to probabilities (Platt's line, isotonic regression), and the temperature of classes.

Source: Platt, "Probabilistic Outputs for Support Vector Machines", 1999 (the line, the smoothed targets); Zadrozny and
Elkan, KDD 2002 (isotonic regression for calibration); Oron and Flournoy, Statistics in Biopharmaceutical Research 9,
2017 (each flat piece shrunk to its centre, so that different logits stay different); Guo, Pleiss, Sun and Weinberger,
"On Calibration of Modern Neural Networks", ICML 2017, section 4.2 (one temperature for all classes).
"""

from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, final

import numpy as np
from jaxtyping import Float, Float64, Int, Int64, Shaped

from banian.predictions.logistic import fit_intercept, fit_line, log_odds, sigmoid
from banian.predictions.uncertainty import clustered_square, wilson_interval

_ROWS_OF_EACH_CLASS = 30
_SAME = 1e-13  # means of two blocks that differ by less differ by rounding alone
_LEAST_ROWS = 30
_LOWEST, _HIGHEST = 1 / 20, 20.0
_STEPS = 60
_MOST_NUMBERS = 20_000_000  # of many rows and classes evenly spaced rows will do
_LEAST = 1e-15


@final
@dataclass(frozen=True)
class Platt:
    """A line through the log-odds: σ(slope · logit + intercept), with its interval.

    >>> Platt(slope=2.0, intercept=0.0).probability(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """

    slope: float
    """What logits are multiplied by."""
    intercept: float
    """What is added then, in log-odds."""
    covariance: tuple[float, float, float] | None = None
    """Of slope and slope, slope and intercept, intercept and intercept; nothing where there was too little to fit."""

    def probability(self, logit: Float[np.ndarray, " row"]) -> Float64[np.ndarray, " row"]:
        """Compute the calibrated probability of each row."""
        return sigmoid(self.slope * logit.astype(np.float64) + self.intercept)

    def interval(
        self, logit: Float[np.ndarray, " row"], share: float
    ) -> tuple[Float64[np.ndarray, " row"], Float64[np.ndarray, " row"]] | None:
        """Bound where the probabilities would lie in a `share` of draws of other calibration entities."""
        if self.covariance is None:
            return None
        x, line = logit.astype(np.float64), self.slope * logit.astype(np.float64) + self.intercept
        of_slope, of_both, of_intercept = self.covariance
        variance = of_slope * x**2 + 2 * of_both * x + of_intercept
        reach = NormalDist().inv_cdf((1 + share) / 2) * np.sqrt(np.maximum(variance, 0.0))
        return sigmoid(line - reach), sigmoid(line + reach)

    def to_dict(self) -> dict[str, Any]:
        """Say it in plain values."""
        covariance = None if self.covariance is None else list(self.covariance)
        return {"slope": self.slope, "intercept": self.intercept, "covariance": covariance}


def fit_platt(
    logit: Float[np.ndarray, " row"],
    label: Float[np.ndarray, " row"],
    cluster: Shaped[np.ndarray, " row"],
) -> Platt:
    """Fit on rows that neither training nor early stopping has seen.

    With fewer than 30 rows of either class it is the identity: slope and intercept would follow single rows, and do
    more harm than an uncalibrated logit. Where the slope is not positive, calibration would turn the model's order
    around; then only the intercept is fitted, so that at least the mean is right.

    Shapes: `cluster` names the entity of each row; rows of one entity are not as sure as those of many.
    Units: `label` is 0 or 1, `logit` is finite.

    >>> logit = np.repeat([-1.0, 1.0], 100)
    >>> label = np.tile([0.0, 0.0, 0.0, 1.0], 50)
    >>> label[100:] = 1 - label[100:]
    >>> fitted = fit_platt(logit, label, np.arange(200))
    >>> fitted.probability(np.array([-1.0, 1.0])).round(2)
    array([0.25, 0.75])
    """
    logit = logit.astype(np.float64)
    positives = float(label.sum())
    negatives = len(label) - positives
    if min(positives, negatives) < _ROWS_OF_EACH_CLASS:
        return Platt(slope=1.0, intercept=0.0)
    # Platt's targets stay inside (0, 1): classes that a cut separates still have a finite optimum
    yes, no = (positives + 1) / (positives + 2), 1 / (negatives + 2)
    target = np.where(label > 0, yes, no)
    slope, intercept = fit_line(logit, target)
    is_slope_free = slope > 0
    if not is_slope_free:
        slope, intercept = 1.0, fit_intercept(logit, target)
    wrong = sigmoid(slope * logit + intercept)
    return Platt(
        slope, intercept, _covariance(logit, wrong, target, cluster, is_slope_free=is_slope_free)
    )


@final
@dataclass(frozen=True)
class Isotonic:
    """A curve through the log-odds that only rises, linear between knots, with its interval."""

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
) -> Int64[np.ndarray, " row"]:
    """Find the block of isotonic regression that each row is in: neighbours whose means would fall are in one.

    Rows stand in the order of `at`; rows at the same place are in one block. Means rise from block to block.

    >>> pool_violators(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 1.0, 0.0, 1.0])).tolist()
    [0, 1, 1, 2]
    """
    from scipy.optimize import isotonic_regression  # slow to import; predicting does without

    _, place, rows = np.unique(at, return_inverse=True, return_counts=True)
    mean = np.bincount(place, weights=truth) / rows
    fitted = isotonic_regression(mean, weights=rows.astype(np.float64)).x
    block: Int64[np.ndarray, " row"] = np.cumsum(np.diff(fitted, prepend=fitted[0]) > _SAME)[place]
    return block


def sharpen(
    probability: Float[np.ndarray, "row class"], temperature: float
) -> Float64[np.ndarray, "row class"]:
    """Raise probabilities to the power of 1/temperature, and let them sum to 1 again.

    >>> sharpen(np.array([[0.8, 0.2]]), 0.5).round(3)
    array([[0.941, 0.059]])
    """
    logs = np.log(np.maximum(probability.astype(np.float64), _LEAST)) / temperature
    found = np.exp(logs - logs.max(axis=1, keepdims=True))
    sharpened: Float64[np.ndarray, "row class"] = found / found.sum(axis=1, keepdims=True)
    return sharpened


def fit_temperature(
    probability: Float[np.ndarray, "row class"],
    code: Int[np.ndarray, " row"],
    *,
    weight: Float[np.ndarray, " row"] | None = None,
) -> float:
    """Find the temperature with the least log loss; 1 with fewer than 30 rows. Rows count by their weight.

    >>> probability = np.tile([[0.9, 0.1]], (100, 1))
    >>> temperature = fit_temperature(probability, np.arange(100) % 4 // 3)
    >>> sharpen(probability[:1], temperature).round(2)
    array([[0.75, 0.25]])
    """
    if len(code) < _LEAST_ROWS:
        return 1.0
    most = max(_LEAST_ROWS, _MOST_NUMBERS // probability.shape[1])
    rows = np.unique(np.linspace(0, len(code) - 1, min(most, len(code))).astype(np.int64))
    probability, code = probability[rows], code[rows]
    counts = np.ones(len(rows)) if weight is None else weight[rows]
    logs = np.log(np.maximum(probability.astype(np.float64), _LEAST))
    said = np.take_along_axis(logs, code[:, None], axis=1)[:, 0]
    low, high = np.log(_LOWEST), np.log(_HIGHEST)
    for _ in range(_STEPS):  # log loss is convex in 1/temperature: its slope changes sign once
        middle = (low + high) / 2
        mean = (sharpen(probability, float(np.exp(middle))) * logs).sum(axis=1)
        if counts @ (mean - said) > 0:
            low = middle  # too sure: a higher temperature
        else:
            high = middle
    return float(np.exp((low + high) / 2))


def _covariance(
    logit: Float64[np.ndarray, " row"],
    probability: Float64[np.ndarray, " row"],
    target: Float64[np.ndarray, " row"],
    cluster: Shaped[np.ndarray, " row"],
    *,
    is_slope_free: bool,
) -> tuple[float, float, float] | None:
    """Estimate the covariance of slope and intercept by the sandwich estimator, clustered by entity."""
    centre, spread = float(logit.mean()), float(logit.std()) or 1.0
    standard = (logit - centre) / spread  # else the curvature may be too flat to be inverted
    design = np.stack([standard if is_slope_free else 0 * standard, np.ones_like(logit)], axis=1)
    curvature = (design.T * (probability * (1 - probability))) @ design
    inverse = np.linalg.pinv(curvature, hermitian=True)
    pulls = design * (probability - target)[:, None]
    found = inverse @ clustered_square(pulls, cluster) @ inverse
    back = np.array(
        [[1 / spread, 0.0], [-centre / spread, 1.0]]
    )  # to slope and intercept of logits
    found = back @ found @ back.T
    numbers = (float(found[0, 0]), float(found[0, 1]), float(found[1, 1]))
    return numbers if np.isfinite(numbers).all() else None


def _likeness(
    truth: Float64[np.ndarray, " row"],
    rate: Float64[np.ndarray, " row"],
    block: np.ndarray,
    cluster: Shaped[np.ndarray, " row"],
) -> float:
    """Compute how many rows count as one, because entities have several in one block; at least 1."""
    _, pairs = np.unique(cluster, return_inverse=True)
    together = pairs * (int(block.max()) + 1) + block
    found = float(clustered_square((truth - rate)[:, None], together)[0, 0])
    return max(1.0, found / float((rate * (1 - rate)).sum()))
