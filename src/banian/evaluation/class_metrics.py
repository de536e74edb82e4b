"""Metrics of classes and of ordered grades; `weight` says how much each row counts.

Source: Lewis, Schapire, Callan and Papka, SIGIR 1996 (macro F1); Cohen, "Weighted kappa", Psychological Bulletin 70,
1968, with squared distances as weights; Epstein, "A Scoring System for Probability Forecasts of Ranked Categories",
Journal of Applied Meteorology 8, 1969, here not divided by the number of thresholds.
"""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.weighted_sums import ratio


def accuracy(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Share of rows whose class is the predicted one; labels and predictions are codes of classes.

    NaN where no row has weight.

    >>> accuracy(np.array([0.0, 2.0]), np.array([0.0, 1.0]), np.ones(2))
    0.5
    """
    return ratio(weight @ (label == prediction), weight.sum())


def macro_f1(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Mean over classes of the harmonic mean of precision and recall; labels and predictions are codes of classes.

    The classes are those that have weight among labels or predictions. NaN where no row has weight.

    >>> macro_f1(np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0]), np.ones(3))
    0.6666666666666666
    """
    codes, places = np.unique(np.concatenate([label, prediction]), return_inverse=True)
    truth, said = np.split(places, 2)
    of_class = [
        np.bincount(place, weights=mass, minlength=len(codes))
        for place, mass in ((truth, weight), (said, weight), (truth, weight * (truth == said)))
    ]
    there = of_class[0] + of_class[1]
    seen = there > 0
    return ratio((2 * of_class[2][seen] / there[seen]).sum(), float(seen.sum()))


def kappa(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Quadratic weighted kappa: the share of the squared distance of independent grades that is gone; 1 is perfect.

    0 is chance. With squared distances the table of grades is not needed: what chance brings is both variances and the
    squared distance of the means. NaN where no row has weight, or all grades are the same.

    >>> kappa(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0]), np.ones(3))
    0.6666666666666667
    """
    total = weight.sum()
    if not total > 0:
        return float("nan")
    share = weight / total
    means = share @ label, share @ prediction
    chance = share @ np.square(label - means[0]) + share @ np.square(prediction - means[1])
    chance += np.square(means[0] - means[1])
    return 1 - ratio(share @ np.square(label - prediction), chance)


def ranked_probability(
    label: Float64[np.ndarray, " row"],
    probability: Float64[np.ndarray, "row grade"],
    grades: Float64[np.ndarray, " grade"],
) -> Float64[np.ndarray, " row"]:
    """Give each row's squared errors of the probability of at most a grade, summed over all grades but the highest.

    `grades` are all grades, rising, in the order of the columns of `probability`.

    >>> ranked_probability(np.array([2.0]), np.array([[0.5, 0.25, 0.25]]), np.array([1.0, 2.0, 3.0]))
    array([0.3125])
    """
    reached = probability.cumsum(axis=1)[:, :-1]
    return np.square(reached - (label[:, None] <= grades[:-1])).sum(axis=1)
