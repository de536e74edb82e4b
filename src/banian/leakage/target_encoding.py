"""Target encoding out of fold: a value without order is ranked by the mean label that other entities have with it."""

import numpy as np
from jaxtyping import Float, Int, UInt64

FOLDS = 5
_PRIOR = 1.0
"""So many rows with the overall mean are added to each code."""


def assign_folds(cluster: Int[np.ndarray, " row"]) -> Int[np.ndarray, " row"]:
    """Put each cluster, given by its number, into one of five folds, by a hash.

    >>> assign_folds(np.array([1, 1, 3, 4])).tolist()
    [0, 0, 3, 3]
    """
    return (hash_numbers(cluster) % np.uint64(FOLDS)).astype(np.int64)


def hash_numbers(numbers: Int[np.ndarray, " row"]) -> UInt64[np.ndarray, " row"]:
    """Mix the bits of each number: the same in every run and on every machine.

    Source: Steele, Lea and Flood, OOPSLA 2014 (SplitMix64).
    """
    mixed = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def rank_by_target_mean(
    codes: Int[np.ndarray, " row"],
    size: int,
    label: Float[np.ndarray, " row"],
    fold: Int[np.ndarray, " row"],
) -> tuple[Int[np.ndarray, " row"], int]:
    """Rank each row by the mean label of its code in the other folds.

    `codes` are below `size`, `fold` is one of `FOLDS`. Gives the ranks, from 1, and one more than the last. A code
    that no other fold has gets the overall mean.

    >>> label, fold = np.array([0.0, 0.0, 1.0, 1.0, 0.0]), np.array([0, 1, 0, 1, 2])
    >>> rank_by_target_mean(np.array([1, 1, 2, 2, 3]), 4, label, fold)
    (array([1, 1, 3, 3, 2]), 4)
    """
    if (codes == codes[0]).all():  # then the folds would only tell themselves apart
        return np.ones(len(codes), np.int64), 2
    place = fold * size + codes
    rows = np.bincount(place, minlength=FOLDS * size).reshape(FOLDS, size)
    total = np.bincount(place, weights=label, minlength=FOLDS * size).reshape(FOLDS, size)
    others = rows.sum(axis=0) - rows
    overall = float(label.mean())
    mean = (total.sum(axis=0) - total + _PRIOR * overall) / (others + _PRIOR)
    mean = np.where(others == 0, overall, mean)
    used = rows.ravel() > 0
    distinct, rank = np.unique(mean.ravel()[used].round(12), return_inverse=True)
    ranks = np.zeros(FOLDS * size, np.int64)
    ranks[used] = rank + 1
    return ranks[place], len(distinct) + 1
