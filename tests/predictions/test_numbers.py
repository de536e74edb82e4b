"""Intervals of numbers hold what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.predictions import NumberCalibration, fit_numbers


def draw(seed, rows):
    """Amounts that scatter with the level, and a model that knows the level alone."""
    generator = np.random.default_rng(seed)
    level = generator.gamma(1.0, 20.0, rows)
    label = (level + 5) * generator.gamma(2.0, 0.5, rows) - 10
    return label, level, (0.8 * level)[:, None]


@pytest.mark.parametrize("ends", [False, True])
def test_nine_of_ten_new_labels_lie_inside_whatever_the_model(ends):
    label, level, values = draw(0, 2000)
    news, level_now, values_now = draw(1, 20_000)
    if ends:  # wrong ones: they are only where one starts from
        values = np.concatenate([values, values - 1, values + 3], axis=1)
        values_now = np.concatenate([values_now, values_now - 1, values_now + 3], axis=1)
    fitted = fit_numbers(values, label, level, floor=None)
    said = fitted.apply(values_now, level_now)
    assert np.mean((said.lower <= news) & (news <= said.upper)) == pytest.approx(0.9, abs=0.02)
    assert (said.value == values_now[:, 0]).all()


def test_ends_that_were_right_are_left_alone():
    generator = np.random.default_rng(2)
    spread = generator.gamma(2.0, 1.0, 20_000)
    label = generator.normal(0, spread)
    values = np.stack([0 * spread, -1.645 * spread, 1.645 * spread], axis=1)
    fitted = fit_numbers(values, label, np.zeros(20_000), floor=None)
    assert fitted.below * fitted.offset == pytest.approx(0, abs=0.1)
    assert fitted.above * fitted.offset == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(("rows", "is_known"), [(0, False), (18, False), (19, True)])
def test_nineteen_rows_are_the_least_that_can_promise_it(rows, is_known):
    label, level, values = draw(3, rows)
    said = fit_numbers(values, label, level, floor=None).apply(values, level)
    assert (said.lower is not None) == (said.upper is not None) == is_known


def test_nothing_lies_below_zero_where_nothing_ever_did():
    label, level, values = draw(4, 300)
    assert fit_numbers(values, label, level, floor=None).floor is None
    fitted = fit_numbers(values, np.maximum(label, 0), level, floor=None)
    assert fitted.apply(values, level).lower.min() == 0


def test_ends_of_counts_are_whole():
    generator = np.random.default_rng(5)
    label = generator.poisson(3.0, 300).astype(np.float64)
    values = generator.gamma(9.0, 1 / 3, (300, 1))
    said = fit_numbers(values, label, np.zeros(300), floor=0.0, whole=True).apply(values, label)
    for end in (said.lower, said.upper):
        inside = end != said.value
        assert (end[inside] == np.round(end[inside])).all()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-1e6, 1e6), min_size=19, max_size=40), st.floats(-1e6, 1e6))
def test_any_labels_give_ends_around_the_value(labels, value):
    label = np.array(labels)
    values = np.full((len(label), 1), value)
    fitted = fit_numbers(values, label, np.zeros(len(label)), floor=None)
    said = fitted.apply(values, np.full(len(label), 7.0))
    assert np.isfinite([fitted.below, fitted.above, fitted.offset]).all()
    assert (said.lower <= value).all()
    assert (said.upper >= value).all()


def test_a_row_is_answered_by_itself_alone():
    _, level, values = draw(6, 100)
    fitted = NumberCalibration(1.0, 2.0, 3.0, None, is_whole=False)
    whole, alone = fitted.apply(values, level), fitted.apply(values[:1], level[:1])
    assert (whole.lower[0], whole.upper[0]) == (alone.lower[0], alone.upper[0])


@pytest.mark.parametrize("rows", [24, 300])
def test_one_mistyped_label_or_level_widens_no_interval_much(rows):
    """Of few rows the farthest one says how wide intervals are."""
    label, level, values = draw(7, rows)
    plain = fit_numbers(values, label, level, floor=None)
    mistyped = label.copy(), level.copy()
    for numbers in mistyped:
        numbers[3] = 1e8
    width = np.subtract(*(getattr(plain.apply(values, level), end) for end in ("upper", "lower")))
    for found in (
        fit_numbers(values, mistyped[0], level, floor=None),
        fit_numbers(values, label, mistyped[1], floor=None),
    ):
        said = found.apply(values, level)
        assert np.median((said.upper - said.lower) / width) < 2.5
        far = found.apply(values[:1], np.array([1e8]))
        assert far.upper - far.lower < 100 * width.max()
