"""Average precision: the area under the steps of the precision-recall curve."""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.ratio import ratio
from banian.evaluation.ties import mass_above


def average_precision(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Average the precision at each distinct prediction, weighted by the recall won there.

    NaN where no positive has weight; the base rate where all predictions are the same.

    >>> average_precision(np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.6, 0.3]), np.ones(3))
    0.8333333333333333
    """
    positive, total = mass_above(prediction, weight * label, weight)
    # no weight so far means nothing won so far: any precision will do
    precision = positive / np.where(total > 0, total, 1.0)
    won = np.diff(positive, prepend=0.0)
    return ratio(float(won @ precision), won.sum())
