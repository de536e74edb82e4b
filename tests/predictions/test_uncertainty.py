"""The interval of a share, against SciPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from banian.predictions import wilson_interval


@given(st.integers(1, 5_000), st.floats(0, 1), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_it_is_that_of_scipy(rows, part, level):
    hits = round(part * rows)
    ends = wilson_interval(hits / rows, float(rows), float(norm.ppf((1 + level) / 2)))
    oracle = binomtest(hits, rows).proportion_ci(level, method="wilson")
    assert ends == pytest.approx((oracle.low, oracle.high), abs=1e-9)


def test_many_shares_have_the_intervals_of_each():
    rate, rows = np.array([0.0, 0.25, 1.0]), np.array([3.0, 40.0, 9.5])
    lower, upper = wilson_interval(rate, rows, 1.64)
    for at in range(3):
        one = wilson_interval(float(rate[at]), float(rows[at]), 1.64)
        assert one == pytest.approx((lower[at], upper[at]), abs=1e-15)
