"""Sums and squares of numbers of any size are those of Python's own integers and fractions, rounded."""

from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from banian.examples.exact import RunningFloats, RunningSquares, RunningSum

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


floats = st.lists(st.floats(-1e300, 1e300, allow_subnormal=False), min_size=1, max_size=20)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(values=floats, start=st.integers(0, 20), stop=st.integers(0, 20))
def test_a_run_of_floats_sums_to_what_fractions_say(values: list[float], start: int, stop: int):
    start, stop = sorted((min(start, len(values)), min(stop, len(values))))
    found = RunningFloats(np.array(values)).over(np.array([start]), np.array([stop]))[0]
    expected = float(sum(map(Fraction, values[start:stop])))
    assert abs(found - expected) <= 2 * np.spacing(abs(expected))


@settings(deadline=None, max_examples=50, derandomize=True)
@given(values=floats, others=floats)
def test_neighbours_change_no_bit_of_floats(values: list[float], others: list[float]):
    start, stop = len(others), len(others) + len(values)
    alone = RunningFloats(np.array(values)).over(np.array([0]), np.array([len(values)]))
    among = RunningFloats(np.array([*others, *values, *others]))
    assert alone.tobytes() == among.over(np.array([start]), np.array([stop])).tobytes()
