"""Area under the ROC curve.

Source: Mann and Whitney, Annals of Mathematical Statistics 18, 1947.
"""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.ratio import ratio
from banian.evaluation.ties import mass_above


def auc(
    label: Float64[np.ndarray, " row"],
    prediction: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """How likely a positive has a higher prediction than a negative; ties count half.

    NaN where one of the classes has no weight.

    >>> auc(np.array([0.0, 0.0, 1.0]), np.array([0.1, 0.6, 0.6]), np.ones(3))
    0.75
    """
    positive, negative = mass_above(prediction, weight * label, weight * (1 - label))
    positive, negative = np.append(0.0, positive), np.append(0.0, negative)
    return ratio(np.trapezoid(positive, negative), positive[-1] * negative[-1])
