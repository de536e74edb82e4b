"""Log-odds, and the line through them that makes labels likeliest.

Source: Lin, Lin and Weng, "A note on Platt's probabilistic outputs for support vector machines", Machine Learning 68,
2007 (Newton's method, without overflow).
"""

import numpy as np
from jaxtyping import Float, Float64

_NEAREST = 1e-15
_STEPS = 100
_HALVINGS = 60


def log_odds(probability: Float[np.ndarray, " row"]) -> Float64[np.ndarray, " row"]:
    """Turn probabilities into log-odds; those nearer to 0 or 1 than 1e-15 count as 1e-15 away.

    >>> log_odds(np.array([0.5, 1.0])).round(1)
    array([ 0. , 34.5])
    """
    inside = np.clip(probability.astype(np.float64), _NEAREST, 1 - _NEAREST)
    odds: Float64[np.ndarray, " row"] = np.log(inside) - np.log1p(-inside)
    return odds


def sigmoid(logit: Float64[np.ndarray, " row"]) -> Float64[np.ndarray, " row"]:
    """Turn log-odds into probabilities, without overflow.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    small = np.exp(-np.abs(logit))  # of minus the magnitude: cannot overflow
    probability: Float64[np.ndarray, " row"] = np.where(logit >= 0, 1.0, small) / (1.0 + small)
    return probability


def fit_line(
    logit: Float64[np.ndarray, " row"], target: Float64[np.ndarray, " row"]
) -> tuple[float, float]:
    """Find the slope and the intercept with the least cross-entropy; both 0 where all logits are the same.

    Units: `target` is a probability within (0, 1), `logit` is finite.
    """
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


def fit_intercept(logit: Float64[np.ndarray, " row"], target: Float64[np.ndarray, " row"]) -> float:
    """Find what must be added to all logits so that the mean probability is the mean target."""
    # bisection: the sum of probabilities grows with the intercept, but may be too flat for Newton
    low, high = -float(logit.max()) - 50.0, -float(logit.min()) + 50.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if sigmoid(logit + middle).sum() < target.sum():
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _cross_entropy(
    logit: Float64[np.ndarray, " row"], target: Float64[np.ndarray, " row"]
) -> float:
    return float((np.logaddexp(0.0, logit) - target * logit).sum())
