"""From logits to probabilities by a line through the log-odds.

Source: Platt, "Probabilistic Outputs for Support Vector Machines", 1999 (the sigmoid, the smoothed
targets); Lin, Lin and Weng, Machine Learning 68, 2007 (Newton's method, without overflow).
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, final

import numpy as np
from jaxtyping import Float, Float64, Shaped

from banian.predictions.log_odds import sigmoid
from banian.predictions.spread import clustered_square

_ROWS_OF_EACH_CLASS = 30
_STEPS = 100
_HALVINGS = 60


@final
@dataclass(frozen=True)
class Platt:
    """Turns logits into probabilities, and says how sure that is.

    >>> Platt(slope=2.0, intercept=0.0).probability(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """

    slope: float
    intercept: float
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
    slope, intercept = _fit_line(logit, target)
    is_slope_free = slope > 0
    if not is_slope_free:
        slope, intercept = 1.0, _fit_intercept(logit, target)
    wrong = sigmoid(slope * logit + intercept)
    return Platt(
        slope, intercept, _covariance(logit, wrong, target, cluster, is_slope_free=is_slope_free)
    )


def _covariance(
    logit: Float64[np.ndarray, " row"],
    probability: Float64[np.ndarray, " row"],
    target: Float64[np.ndarray, " row"],
    cluster: Shaped[np.ndarray, " row"],
    *,
    is_slope_free: bool,
) -> tuple[float, float, float] | None:
    """Sandwich the pulls of the entities between the curvatures."""
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


def _fit_line(
    logit: Float64[np.ndarray, " row"], target: Float64[np.ndarray, " row"]
) -> tuple[float, float]:
    centre, spread = float(logit.mean()), float(logit.std())
    if spread <= 1e-9 * (1 + abs(centre)):
        return 0.0, 0.0  # all logits are the same: they say nothing about the slope
    # Newton in standard units, where the Hessian is well conditioned whatever the logits' scale
    design = np.stack([(logit - centre) / spread, np.ones_like(logit)], axis=1)
    prior = float(target.mean())
    line = np.array([0.0, np.log(prior / (1 - prior))])
    loss = _cross_entropy(design @ line, target)
    for _ in range(_STEPS):
        probability = sigmoid(design @ line)
        gradient = design.T @ (probability - target)
        hessian = (design.T * (probability * (1 - probability))) @ design
        ridge = 1e-12 * np.trace(hessian) + np.finfo(np.float64).tiny
        step = np.linalg.solve(hessian + ridge * np.eye(2), gradient)
        if gradient @ step <= 1e-12 * len(logit):
            line = line - step  # so near that the loss no longer shows the way: a last whole step
            break
        # halve until the loss falls: far from the optimum a whole Newton step can overshoot
        for halving in range(_HALVINGS):
            tried = line - step / 2**halving
            tried_loss = _cross_entropy(design @ tried, target)
            if tried_loss < loss:
                break
        else:
            break  # no step lowers the loss any more
        line, loss = tried, tried_loss
    slope = float(line[0]) / spread
    return slope, float(line[1]) - slope * centre


def _cross_entropy(
    logit: Float64[np.ndarray, " row"], target: Float64[np.ndarray, " row"]
) -> float:
    return float((np.logaddexp(0.0, logit) - target * logit).sum())


def _fit_intercept(
    logit: Float64[np.ndarray, " row"], target: Float64[np.ndarray, " row"]
) -> float:
    # bisection: the sum of probabilities grows with the intercept, but may be too flat for Newton
    low, high = -float(logit.max()) - 50.0, -float(logit.min()) + 50.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if sigmoid(logit + middle).sum() < target.sum():
            low = middle
        else:
            high = middle
    return (low + high) / 2
