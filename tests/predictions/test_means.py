"""Means that add up, where a median is reported."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banian.predictions import MeanFit, fit_numbers, read_calibration
from banian.predictions.means import fit_mean

ROWS, SIGMA = 40_000, 0.9


def draw(seed: int, sigma: float = SIGMA, share: float = 1.0):
    """Labels around known medians by a factor, log-normal, some of them 0; the level tells the median."""
    rng = np.random.Generator(np.random.PCG64(seed))
    level = rng.lognormal(2, 1, ROWS)
    label = level * np.exp(sigma * rng.normal(size=ROWS)) * (rng.random(ROWS) < share)
    return level, label


def fit(value, label, level, reports="median"):
    fitted = fit_numbers(value[:, None], label, level, floor=0.0, reports=reports)
    return read_calibration(json.loads(json.dumps(fitted.to_dict())))


def test_of_a_log_normal_number_the_mean_is_the_median_times_what_theory_says():
    level, label = draw(0)
    fitted = fit(level, label, level)
    later, truth = draw(1)
    said = fitted.apply(later[:, None], later)
    assert np.median(said.mean / said.value) == pytest.approx(np.exp(SIGMA**2 / 2), rel=0.07)
    for rows in np.array_split(np.argsort(later), 5):  # not only in total
        assert said.mean[rows].sum() == pytest.approx(truth[rows].sum(), rel=0.15)
    assert said.value.sum() < 0.75 * truth.sum()  # medians do not add up
    assert said.mean.sum() == pytest.approx(truth.sum(), rel=0.05)


def test_where_most_are_nothing_the_median_is_0_and_the_mean_is_not():
    level, label = draw(2, share=0.3)
    fitted = fit(np.zeros(ROWS), label, level)
    later, truth = draw(3, share=0.3)
    said = fitted.apply(np.zeros((ROWS, 1)), later)
    assert not said.value.any()
    assert said.mean.sum() == pytest.approx(truth.sum(), rel=0.08)
    few, many = later < np.quantile(later, 0.5), later > np.quantile(later, 0.9)
    for rows in (few, many):
        assert said.mean[rows].sum() == pytest.approx(truth[rows].sum(), rel=0.2)


def test_one_mistyped_amount_hardly_moves_the_means():
    level, label = draw(4)
    plain = fit(level, label, level).apply(level[:, None], level).mean
    label[7] = 1e9
    assert fit(level, label, level).apply(level[:, None], level).mean.sum() < 1.1 * plain.sum()


def test_what_reports_a_mean_is_its_own_mean_and_a_quantile_has_none():
    level, label = draw(5)
    said = fit(level, label, level, "mean").apply(level[:, None], level)
    np.testing.assert_array_equal(said.mean, said.value)
    assert fit(level, label, level, "quantile").apply(level[:, None], level).mean is None


def test_of_too_few_rows_no_mean_is_said():
    assert fit_mean(*np.ones((4, 18))) is None


@given(
    st.lists(
        st.tuples(st.floats(0, 50), st.floats(0, 100), st.floats(0.1, 30)), min_size=20, max_size=40
    )
)
def test_over_the_rows_it_was_fitted_on_the_mean_adds_up_and_is_never_negative(rows):
    value, label, base = np.array(rows).T
    label = np.minimum(label, 5 * base)  # nothing that looks mistyped
    label[:2] = 5 * base[:2]
    fitted = fit_mean(value, label, base - 0.1, base)
    said = fitted.apply(value, base - 0.1)
    assert said.min() >= -1e-9
    np.testing.assert_allclose(said.sum(), label.sum(), rtol=1e-6, atol=1e-6)


def test_what_was_fitted_can_be_read_again():
    assert MeanFit.from_dict(asdict(MeanFit(1.5, 0.25, 2.0))) == MeanFit(1.5, 0.25, 2.0)
    assert MeanFit.from_dict(None) is None
