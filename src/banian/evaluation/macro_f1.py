"""How well each class is found, every class counting the same.

Source: Lewis, Schapire, Callan and Papka, SIGIR 1996.
"""

import numpy as np
from jaxtyping import Float64

from banian.evaluation.ratio import ratio


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
