"""From a binary task's logits to probabilities that mean what they say.

Source: Platt, "Probabilistic Outputs for Support Vector Machines", 1999 (the sigmoid, the smoothed
targets); Lin, Lin and Weng, Machine Learning 68, 2007 (Newton's method, without overflow).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Float64

_ROWS_OF_EACH_CLASS = 30
_STEPS = 100
_HALVINGS = 60
_NEAREST = 1e-15


@final
@dataclass(frozen=True)
class Calibration:
    """Turns logits into probabilities, and says from which probability on to answer yes.

    >>> Calibration(slope=2.0, intercept=0.0, threshold=0.4).apply(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """

    slope: float
    intercept: float
    threshold: float
    """The probability from which on the answer is yes; it gave the best F1."""

    def apply(self, logit: Float[np.ndarray, " row"]) -> Float64[np.ndarray, " row"]:
        """Compute the calibrated probability of each row."""
        return _sigmoid(self.slope * logit.astype(np.float64) + self.intercept)

    def to_dict(self) -> dict[str, float]:
        """Say the three numbers, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, numbers: Mapping[str, float]) -> "Calibration":
        """Read what `to_dict` said."""
        return cls(**{name: float(number) for name, number in numbers.items()})


def fit_calibration(
    logit: Float[np.ndarray, " row"], label: Float[np.ndarray, " row"]
) -> Calibration:
    """Fit on rows that neither training nor early stopping has seen.

    With fewer than 30 rows of either class it is the identity with threshold 0.5: slope, intercept
    and threshold would follow single rows, and do more harm than an uncalibrated logit.
    Where the slope is not positive, calibration would turn the model's order around; then only the
    intercept is fitted, so that at least the mean is right.

    Units: `label` is 0 or 1, `logit` is finite.

    >>> logit = np.repeat([-1.0, 1.0], 100)
    >>> label = np.tile([0.0, 0.0, 0.0, 1.0], 50)
    >>> label[100:] = 1 - label[100:]
    >>> fitted = fit_calibration(logit, label)
    >>> fitted.apply(np.array([-1.0, 1.0])).round(2)
    array([0.25, 0.75])
    """
    logit = logit.astype(np.float64)
    positives = float(label.sum())
    negatives = len(label) - positives
    if min(positives, negatives) < _ROWS_OF_EACH_CLASS:
        return Calibration(slope=1.0, intercept=0.0, threshold=0.5)
    # Platt's targets stay inside (0, 1): classes that a cut separates still have a finite optimum
    yes, no = (positives + 1) / (positives + 2), 1 / (negatives + 2)
    target = np.where(label > 0, yes, no)
    slope, intercept = _fit_line(logit, target)
    if slope <= 0:
        slope, intercept = 1.0, _fit_intercept(logit, target)
    probability = _sigmoid(slope * logit + intercept)
    return Calibration(slope, intercept, _best_threshold(probability, label))


def log_odds(probability: Float[np.ndarray, " row"]) -> Float64[np.ndarray, " row"]:
    """Undo the sigmoid; what is nearer to 0 or 1 than 1e-15 is taken for 1e-15 away.

    >>> log_odds(np.array([0.5, 1.0])).round(1)
    array([ 0. , 34.5])
    """
    inside = np.clip(probability.astype(np.float64), _NEAREST, 1 - _NEAREST)
    odds: Float64[np.ndarray, " row"] = np.log(inside) - np.log1p(-inside)
    return odds


def _sigmoid(logit: Float64[np.ndarray, " row"]) -> Float64[np.ndarray, " row"]:
    small = np.exp(-np.abs(logit))  # of minus the magnitude: cannot overflow
    probability: Float64[np.ndarray, " row"] = np.where(logit >= 0, 1.0, small) / (1.0 + small)
    return probability


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
        probability = _sigmoid(design @ line)
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
        if _sigmoid(logit + middle).sum() < target.sum():
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _best_threshold(
    probability: Float64[np.ndarray, " row"], label: Float[np.ndarray, " row"]
) -> float:
    order = np.argsort(-probability, kind="stable")
    falling = probability[order]
    last = np.append(np.flatnonzero(falling[1:] < falling[:-1]), len(falling) - 1)
    hits = np.cumsum(label[order])[last]
    best = int(np.argmax(2 * hits / (last + 1 + label.sum())))  # F1 = 2 hits / (said + true)
    above = float(falling[last[best]])
    if best == len(last) - 1:
        return above
    # half way to the next row below, so that rounding moves no row across; but never onto that row
    below = float(falling[last[best + 1]])
    return max((above + below) / 2, float(np.nextafter(below, 1.0)))
