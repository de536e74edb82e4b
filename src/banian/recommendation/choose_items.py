"""Which of the ranked items are shown: the best, capped by what they have in common, and unlike each other.

Source: Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing
Summaries", SIGIR 1998.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float


def choose_items(
    score: Float[np.ndarray, " item"],
    vectors: Float[np.ndarray, "item width"] | None,
    groups: Mapping[str, Sequence[object]],
    *,
    k: int,
    most_per: Mapping[str, int],
    diversity: float = 0.0,
) -> list[int]:
    """Choose items one after the other.

    Each time it is the one with the largest (1 − diversity) · score − diversity · (cosine to the most similar item that
    was chosen), scores being brought to 0 to 1 first. Of equals the first is taken.

    Args:
        score: of each item.
        vectors: of each item, of length 1; they are not needed without diversity.
        groups: column → the value of each item; one without a value is in no group.
        k: how many.
        most_per: column → how many may have the same value.
        diversity: 0 to 1.

    >>> like = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> choose_items(np.array([0.9, 0.8, 0.1]), like, {}, k=2, most_per={}, diversity=0.6)
    [0, 2]
    >>> kinds = {"kind": ["a", "a", "b"]}
    >>> choose_items(np.array([0.9, 0.8, 0.1]), None, kinds, k=3, most_per={"kind": 1})
    [0, 2]

    """
    spread = float(np.ptp(score)) if len(score) else 0.0
    worth = (score - score.min()) / spread if spread else np.zeros(len(score))
    likest = np.zeros(len(score))
    is_left = np.ones(len(score), bool)
    counts = {column: Counter[object]() for column in most_per}
    chosen: list[int] = []
    while len(chosen) < k and is_left.any():
        now = (1 - diversity) * worth - diversity * likest
        best = int(np.argmax(np.where(is_left, now, -np.inf)))
        is_left[best] = False
        if any(_is_full(counts[c], groups[c][best], most) for c, most in most_per.items()):
            continue
        chosen.append(best)
        for column, count in counts.items():
            count[groups[column][best]] += 1
        if diversity and vectors is not None:
            alike = vectors @ vectors[best]
            likest = alike if len(chosen) == 1 else np.maximum(likest, alike)
    return chosen


def _is_full(count: Counter[object], value: object, most: int) -> bool:
    return value is not None and count[value] >= most
