"""Choosing items, held against trying every next one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from banian.recommendation.choose_items import choose_items

SCORES = st.lists(st.integers(0, 8), min_size=1, max_size=9)


@given(SCORES, st.integers(1, 9), st.integers(0, 10), st.integers(1, 3), st.integers(0, 2**31))
def test_each_is_the_best_that_may_come_next(scores, k, tenths, most, seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    score, diversity = np.array(scores, float), tenths / 10
    vectors = rng.normal(size=(len(score), 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kinds = rng.integers(0, 3, len(score)).tolist()
    chosen = choose_items(
        score, vectors, {"kind": kinds}, k=k, most_per={"kind": most}, diversity=diversity
    )
    spread = np.ptp(score)
    worth = (score - score.min()) / spread if spread else 0 * score
    for at, one in enumerate(chosen):
        before = chosen[:at]
        full = [kind for kind in range(3) if sum(kinds[b] == kind for b in before) >= most]
        rest = [i for i in range(len(score)) if i not in before and kinds[i] not in full]

        def value(i: int, before=before) -> float:
            like = max((vectors[i] @ vectors[b] for b in before), default=0.0)
            return (1 - diversity) * worth[i] - diversity * like

        assert one in rest
        assert value(one) >= max(map(value, rest)) - 1e-9
    assert len(set(chosen)) == len(chosen)
    room = sum(min(most, kinds.count(kind)) for kind in range(3))
    assert len(chosen) == min(k, room)


def test_without_diversity_or_caps_the_best_are_chosen_in_order():
    assert choose_items(np.array([0.2, 0.9, 0.9, 0.5]), None, {}, k=3, most_per={}) == [1, 2, 3]
    assert choose_items(np.zeros(0), None, {}, k=3, most_per={}) == []
