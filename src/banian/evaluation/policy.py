"""What following a recommendation of treatments would have given, from a trial that treated by chance.

Source: Zhao, Fang and Simchi-Levi, "Uplift modeling with multiple treatments and general response types", SDM 2017,
section 3: rows whose own arm is the recommended one stand for all to whom it is recommended.
"""

import numpy as np
from jaxtyping import Float64, Shaped


def policy_mean(
    label: Float64[np.ndarray, " row"],
    arm: Shaped[np.ndarray, " row"],
    advised: Shaped[np.ndarray, " row"],
) -> float:
    """Estimate the mean label if every row got the arm that it is advised; NaN where no row of some advice got it.

    >>> label, arm = np.array([1.0, 0.0, 5.0, 3.0]), np.array(["mail", "none", "none", "mail"])
    >>> policy_mean(label, arm, np.array(["mail", "mail", "none", "none"]))
    3.0
    """
    total = 0.0
    for name in np.unique(advised):
        rows = advised == name
        followed = label[rows & (arm == name)]
        if not len(followed):
            return float("nan")
        total += float(rows.mean() * followed.mean())
    return total
