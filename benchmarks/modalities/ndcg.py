"""How well numbers put the rows of a search in order.

Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM Transactions on Information
Systems 20, 2002; ties as in McSherry and Najork, ECIR 2008: the mean over all orders of rows with equal numbers.
"""

import numpy as np
from jaxtyping import Float64, Shaped

_TOP = 10


def ndcg_of_groups(
    label: Float64[np.ndarray, " row"],
    said: Float64[np.ndarray, " row"],
    group: Shaped[np.ndarray, " row"],
) -> Float64[np.ndarray, " group"]:
    """Give NDCG@10 of each group in the order of its name, with 2^label − 1 to gain; NaN where all labels are equal.

    >>> ndcg_of_groups(np.array([2.0, 1.0, 1.0]), np.array([0.1, 0.9, 0.0]), np.array([0, 0, 1])).round(3)
    array([0.797,   nan])
    """
    order = np.argsort(group, kind="stable")
    names, first = np.unique(group[order], return_index=True)
    values = np.full(len(names), np.nan)
    for at, rows in enumerate(np.split(order, first[1:])):
        gain = 2.0 ** label[rows] - 1
        if gain.min() < gain.max():
            best = _discounted(gain, gain)
            values[at] = _discounted(gain, said[rows]) / best
    return values


def _discounted(gain: Float64[np.ndarray, " row"], said: Float64[np.ndarray, " row"]) -> float:
    _, tie = np.unique(-said, return_inverse=True)
    mean = (np.bincount(tie, weights=gain) / np.bincount(tie))[np.sort(tie)]
    top = mean[:_TOP]
    return float(top @ (1 / np.log2(np.arange(len(top)) + 2)))
