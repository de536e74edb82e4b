"""Metrics of yes or no: of the order of predictions, of probabilities, of answers at a threshold.

Labels are 0 or 1; `weight` says how much each row counts.

Source: Mann and Whitney, Annals of Mathematical Statistics 18, 1947 (the area under the ROC curve).
"""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.weighted_sums import mass_above, ratio

_LEAST = 1e-15  # one sure and wrong row costs 34.5, not infinity; doubles near 1 are 1.1e-16 apart


def auc(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Area under the ROC curve: how likely a positive has a higher prediction than a negative; ties count half.

    NaN where one of the classes has no weight.

    >>> auc(np.array([0.0, 0.0, 1.0]), np.array([0.1, 0.6, 0.6]), np.ones(3))
    0.75
    """
    positive, negative = mass_above(prediction, weight * label, weight * (1 - label))
    positive, negative = np.append(0.0, positive), np.append(0.0, negative)
    return ratio(np.trapezoid(positive, negative), positive[-1] * negative[-1])


def average_precision(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Area under the steps of the precision-recall curve: the precision at each prediction by the recall won there.

    NaN where no positive has weight; the base rate where all predictions are the same.

    >>> average_precision(np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.6, 0.3]), np.ones(3))
    0.8333333333333333
    """
    positive, total = mass_above(prediction, weight * label, weight)
    # no weight so far means nothing won so far: any precision will do
    precision = positive / np.where(total > 0, total, 1.0)
    won = np.diff(positive, prepend=0.0)
    return ratio(float(won @ precision), won.sum())


def log_loss(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Mean cross entropy of probabilities, which are taken to lie in [1e-15, 1 - 1e-15].

    Units: nats. NaN where no row has weight.

    >>> round(log_loss(np.array([1.0, 0.0]), np.array([0.5, 0.5]), np.ones(2)), 4)
    0.6931
    """
    inside = np.clip(prediction, _LEAST, 1 - _LEAST)
    surprise = -np.log(np.where(label > 0, inside, 1 - inside))
    return ratio(weight @ surprise, weight.sum())


def precision(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
    threshold: float,
) -> float:
    """Of the rows at or above the threshold, how many are positive; NaN where there are none.

    >>> precision(np.array([0.0, 1.0, 1.0]), np.array([0.6, 0.6, 0.1]), np.ones(3), 0.6)
    0.5
    """
    said = weight * (prediction >= threshold)
    return ratio(said @ label, said.sum())


def recall(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
    threshold: float,
) -> float:
    """Of the positives, how many lie at or above the threshold; NaN where there are none.

    >>> recall(np.array([1.0, 1.0, 1.0, 1.0]), np.array([0.6, 0.5, 0.1, 0.0]), np.ones(4), 0.6)
    0.25
    """
    said = weight * (prediction >= threshold)
    return ratio(said @ label, weight @ label)


def f1(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
    threshold: float,
) -> float:
    """Harmonic mean of precision and recall; NaN where no row is, or is predicted to be, positive.

    >>> f1(np.array([0.0, 1.0, 1.0]), np.array([0.6, 0.6, 0.1]), np.ones(3), 0.6)
    0.5
    """
    said = weight * (prediction >= threshold)
    return ratio(2 * (said @ label), said.sum() + weight @ label)
