"""Metrics of treatments, from a trial that treated by chance: the order of those to treat, and what advice is worth.

Source: Radcliffe, "Using control groups to target on predicted lift", Direct Marketing Analytics Journal 1, 2007 (the
Qini curve); Zhao, Fang and Simchi-Levi, "Uplift modeling with multiple treatments and general response types", SDM
2017, section 3 (rows whose own arm is the recommended one stand for all to whom it is recommended).
"""

import numpy as np
from jaxtyping import Float64, Shaped

from banian.evaluation.weighted_sums import mass_above, ratio


def qini(
    label: Float64[np.ndarray, "row 2"],
    prediction: Float64[np.ndarray, "row treatment"],
    weight: Float64[np.ndarray, " row"],
) -> float:
    """Area between the curve of what treating more and more rows gains and the line of treating at random.

    For each treatment, over the rows that got it or nothing, sorted by its predicted gain: the treated's labels less
    those of the controls above the same gain, which count as often as there are treated, over all the treated. Of
    several treatments the mean, weighted by the treated. 0 is what random order and any constant reach.

    Shapes: the label's columns are what came of it, and the number of the arm: 0 the control, 1 the first treatment.
    Units: the label's, per treated row. NaN where an arm has no weight.

    >>> label = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    >>> qini(label, np.array([[0.9], [0.1], [0.9], [0.1]]), np.ones(4))
    0.125
    """
    areas, sizes = [], []
    for treatment in range(1, prediction.shape[1] + 1):
        inside = np.isin(label[:, 1], (0, treatment))
        treated = weight[inside] * (label[inside, 1] == treatment)
        areas.append(
            _area(label[inside, 0], prediction[inside, treatment - 1], weight[inside], treated)
        )
        sizes.append(treated.sum())
    return ratio(float(np.dot(areas, sizes)), float(np.sum(sizes)))


def _area(
    outcome: Float64[np.ndarray, " row"],
    gain: Float64[np.ndarray, " row"],
    weight: Float64[np.ndarray, " row"],
    treated: Float64[np.ndarray, " row"],
) -> float:
    control = weight - treated
    with_it, of_them, without, of_those, all_rows = (
        np.append(0.0, sums)
        for sums in mass_above(gain, treated * outcome, treated, control * outcome, control, weight)
    )
    if not (of_them[-1] > 0 and of_those[-1] > 0):
        return float("nan")
    # Where no control was met yet, there is nothing to compare with.
    scale = np.divide(of_them, of_those, out=np.zeros_like(of_them), where=of_those > 0)
    gained = (with_it - without * scale) / of_them[-1]
    share = all_rows / all_rows[-1]
    return float(np.trapezoid(gained, share) - gained[-1] / 2)


def policy_mean(
    label: Float64[np.ndarray, " row"],
    arm: Shaped[np.ndarray, " row"],
    advised: Shaped[np.ndarray, " row"],
) -> float:
    """Estimate the mean label if every row got the arm that it is advised; NaN where no row got it of some advice.

    `arm` names what each row got by chance, `advised` what is recommended to it.

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
