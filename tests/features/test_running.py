"""Sums and squares of numbers of any size are those of Python's own integers and fractions, rounded."""

from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from banian.features.running import (
    parts_of_squares,
    parts_of_sum,
    so_far,
    squares_between,
    sum_between,
)
from banian.features.state import RunningColumn, RunningSnapshot, RunningState
from banian.features.timeline import Timeline

SIZES = (10, 2**31, 2**40, 2**62 - 1)
runs = st.sampled_from(SIZES).flatmap(
    lambda size: st.lists(st.integers(-size, size), min_size=1, max_size=30)
)


def total(values: list[int] | list[float], start: int, stop: int) -> np.float64:
    column = np.array(values)
    between = running(parts_of_sum("sum", column), start, stop)
    return sum_between(*between, "sum", is_whole=column.dtype == np.int64)[0, 0]


def total_of_squares(values: list[int], start: int, stop: int) -> np.float64:
    between = running(parts_of_squares(np.array(values)), start, stop)
    return squares_between(*between, is_whole=True)[0, 0]


def running(parts, start: int, stop: int):
    totals = {part: so_far(steps) for part, steps in parts}
    timeline = Timeline(np.zeros(0, np.int64), *np.zeros((3, 1), np.int64))
    state = RunningState([RunningColumn(totals, {})], timeline)
    return tuple(RunningSnapshot(state, np.array([position])) for position in (start, stop))


@settings(deadline=None, max_examples=100, derandomize=True)
@given(values=runs, start=st.integers(0, 30), stop=st.integers(0, 30))
def test_a_run_sums_to_what_integers_say(values: list[int], start: int, stop: int):
    start, stop = sorted((min(start, len(values)), min(stop, len(values))))
    found = total(values, start, stop)
    assert found == float(sum(values[start:stop]))
    squares = total_of_squares(values, start, stop)
    expected = sum(value**2 for value in values[start:stop])
    assert abs(squares - expected) <= 4 * np.spacing(float(expected))


@settings(deadline=None, max_examples=50, derandomize=True)
@given(values=runs, others=runs)
def test_neighbours_change_no_bit(values: list[int], others: list[int]):
    for kind in (total, total_of_squares):
        alone = kind(values, 0, len(values))
        among = kind([*others, *values, *others], len(others), len(others) + len(values))
        assert alone.tobytes() == among.tobytes()


floats = st.lists(st.floats(-1e300, 1e300, allow_subnormal=False), min_size=1, max_size=20)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(values=floats, start=st.integers(0, 20), stop=st.integers(0, 20))
def test_a_run_of_floats_sums_to_what_fractions_say(values: list[float], start: int, stop: int):
    start, stop = sorted((min(start, len(values)), min(stop, len(values))))
    found = total(values, start, stop)
    expected = float(sum(map(Fraction, values[start:stop])))
    assert abs(found - expected) <= 2 * np.spacing(abs(expected))


@settings(deadline=None, max_examples=50, derandomize=True)
@given(values=floats, others=floats)
def test_neighbours_change_no_bit_of_floats(values: list[float], others: list[float]):
    alone = total(values, 0, len(values))
    among = total([*others, *values, *others], len(others), len(others) + len(values))
    assert alone.tobytes() == among.tobytes()
