"""The rising curve, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from banian.predictions import fit_isotonic
from banian.predictions.calibration import pool_violators

ROWS = st.lists(st.tuples(st.integers(-4, 4), st.sampled_from([0.0, 1.0])), min_size=1, max_size=40)


def sort(rows):
    at, label = np.array(sorted(rows)).T
    return at, label


def draw_rows(seed, rows):
    generator = np.random.default_rng(seed)
    logit = generator.normal(0.0, 2.0, rows)
    return logit, (generator.random(rows) < 1 / (1 + np.exp(-logit))).astype(np.float64)


@settings(deadline=None, max_examples=100)
@given(ROWS)
def test_blocks_have_the_means_of_isotonic_regression(rows):
    at, label = sort(rows)
    block = pool_violators(at, label)
    means = (np.bincount(block, weights=label) / np.bincount(block))[block]
    oracle = IsotonicRegression().fit(at, label).predict(at)
    np.testing.assert_allclose(means, oracle, atol=1e-12)


@settings(deadline=None, max_examples=50)
@given(ROWS)
def test_any_rows_give_a_curve_that_only_rises_and_ends_around_it(rows):
    at, label = sort(rows)
    fitted = fit_isotonic(at, label, np.arange(len(at)), share=0.9)
    x = np.linspace(-9, 9, 50)
    lower, upper = fitted.interval(x, 0.9)
    value = fitted.probability(x)
    assert (np.diff(value) > 0).all()
    assert (np.diff(lower) >= 0).all()
    assert (np.diff(upper) >= 0).all()
    assert ((lower >= 0) & (lower <= value) & (value <= upper) & (upper <= 1)).all()


def test_the_curve_comes_close_to_the_truth_and_its_intervals_hold_it():
    x, held, far = np.linspace(-2, 2, 9), [], []
    truth = 1 / (1 + np.exp(-x))
    for seed in range(60):
        fitted = fit_isotonic(*draw_rows(seed, 2000), np.arange(2000), share=0.9)
        lower, upper = fitted.interval(x, 0.9)
        held.append((lower <= truth) & (truth <= upper))
        far.append(np.abs(fitted.probability(x) - truth))
    assert np.mean(held) >= 0.85
    assert np.mean(far) < 0.04


def test_rows_of_one_entity_make_intervals_wider():
    logit, label = draw_rows(3, 1000)
    once = fit_isotonic(logit, label, np.arange(1000), share=0.9)
    many = fit_isotonic(
        np.tile(logit, 4), np.tile(label, 4), np.tile(np.arange(1000), 4), share=0.9
    )
    lower, upper = once.interval(logit, 0.9)
    again = many.interval(logit, 0.9)
    assert (again[1] - again[0]).mean() == pytest.approx((upper - lower).mean(), rel=0.1)
