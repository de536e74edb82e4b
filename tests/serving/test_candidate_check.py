"""How a new bundle is held against the present one: by how far answers are apart, and by scores on its card."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banian.serving.candidate_check import find_worse_scores, kolmogorov_distance

samples = st.lists(st.sampled_from([0.0, 0.1, 0.5, 2.0, 7.5]), min_size=1, max_size=12)


@given(samples, samples)
def test_the_distance_is_the_largest_difference_between_shares_below_any_value(one, other):
    shares = [
        abs(
            Fraction(sum(v <= at for v in one), len(one))
            - Fraction(sum(v <= at for v in other), len(other))
        )
        for at in {*one, *other}
    ]
    assert kolmogorov_distance(np.array(one), np.array(other)) == pytest.approx(float(max(shares)))


def card(value: float, width: float, metric: str = "auc") -> dict:
    score = {"metric": metric, "value": value, "interval": [value - width, value + width]}
    return {"scores": {"click": score}}


@pytest.mark.parametrize(
    ("before", "after", "is_worse"),
    [
        (card(0.8, 0.01), card(0.79, 0.01), False),
        (card(0.8, 0.01), card(0.7, 0.01), True),
        (card(0.7, 0.01), card(0.8, 0.01), False),
        (card(0.8, 0.01), card(0.7, 0.1), False),
        (card(5.0, 0.1, "mae"), card(6.0, 0.1, "mae"), True),
        (card(6.0, 0.1, "mae"), card(5.0, 0.1, "mae"), False),
        (card(0.8, 0.01), card(5.0, 0.1, "mae"), False),
        ({}, card(0.1, 0.01), False),
    ],
)
def test_a_score_is_worse_where_it_lies_beyond_what_chance_does(before, after, is_worse):
    assert bool(find_worse_scores(before, after)) is is_worse
