"""Sums and squares of whole numbers of any size are those of Python's own integers, rounded once."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from banian.examples.exact import RunningSquares, RunningSum

SIZES = (10, 2**31, 2**40, 2**62 - 1)
runs = st.sampled_from(SIZES).flatmap(
    lambda size: st.lists(st.integers(-size, size), min_size=1, max_size=30)
)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(values=runs, start=st.integers(0, 30), stop=st.integers(0, 30))
def test_a_run_sums_to_what_integers_say(values: list[int], start: int, stop: int):
    start, stop = sorted((min(start, len(values)), min(stop, len(values))))
    at = (np.array([start]), np.array([stop]))
    found = RunningSum(np.array(values)).over(*at)[0]
    assert found == float(sum(values[start:stop]))
    squares = RunningSquares(np.array(values)).over(*at)[0]
    expected = sum(value**2 for value in values[start:stop])
    assert abs(squares - expected) <= 4 * np.spacing(float(expected))


@settings(deadline=None, max_examples=50, derandomize=True)
@given(values=runs, others=runs)
def test_neighbours_change_no_bit(values: list[int], others: list[int]):
    for kind in (RunningSum, RunningSquares):
        alone = kind(np.array(values)).over(np.array([0]), np.array([len(values)]))
        start, stop = len(others), len(others) + len(values)
        among = kind(np.array([*others, *values, *others])).over(
            np.array([start]), np.array([stop])
        )
        assert alone.tobytes() == among.tobytes()
