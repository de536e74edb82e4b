"""Bins against those of SciPy's intervals, the calibration error against bins made by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import binomtest

from banian.evaluation import calibration_bins, expected_calibration_error

PREDICTIONS = hnp.arrays(
    np.float64, st.integers(1, 400), elements=st.sampled_from(np.linspace(0, 1, 11).tolist())
)


@settings(max_examples=25)
@given(PREDICTIONS, st.randoms(use_true_random=False))
def test_bins_share_out_the_rows_in_the_order_of_their_predictions(prediction, random):
    label = np.array([float(random.random() < 0.4) for _ in prediction])
    bins = calibration_bins(label, prediction)
    assert sum(found.rows for found in bins) == len(prediction)
    assert sum(found.rows * found.observed for found in bins) == pytest.approx(label.sum())
    assert sum(found.rows * found.predicted for found in bins) == pytest.approx(prediction.sum())
    means = [found.predicted for found in bins]
    assert means == sorted(means)
    assert 1 <= len(bins) <= 10
    assert all(found.lower <= found.observed <= found.upper for found in bins)


def test_equal_predictions_share_a_bin():
    prediction = np.repeat([0.1, 0.2], 500)
    bins = calibration_bins(np.zeros(1_000), prediction)
    assert [found.rows for found in bins] == [500, 500]


def test_bins_of_different_predictions_are_about_equal():
    prediction = np.random.Generator(np.random.PCG64(0)).random(1_000)
    assert [found.rows for found in calibration_bins(np.ones(1_000), prediction)] == [100] * 10


@pytest.mark.parametrize(("came_true", "rows"), [(0, 20), (7, 20), (20, 20), (1, 1), (30, 700)])
def test_intervals_are_those_of_wilson(came_true, rows):
    label = (np.arange(rows) < came_true).astype(float)
    (found,) = calibration_bins(label, np.full(rows, 0.5))
    oracle = binomtest(came_true, rows).proportion_ci(method="wilson")
    assert (found.lower, found.upper) == pytest.approx((oracle.low, oracle.high), abs=1e-6)


def test_a_bin_holds_where_the_prediction_lies_within_the_interval():
    label = np.tile([0.0, 1.0], 50)
    assert calibration_bins(label, np.full(100, 0.5))[0].holds
    assert not calibration_bins(label, np.full(100, 0.9))[0].holds


def test_without_ties_the_bins_are_fifteenths_of_the_sorted_rows():
    generator = np.random.default_rng(0)
    prediction = generator.permutation(np.linspace(0.01, 0.99, 150))
    label = (generator.random(150) < prediction**2).astype(np.float64)
    order = np.argsort(prediction)
    expected = np.mean(
        [abs(label[rows].mean() - prediction[rows].mean()) for rows in np.array_split(order, 15)]
    )
    ours = expected_calibration_error(label, prediction, np.ones(150))
    assert ours == pytest.approx(expected, abs=1e-12)


def test_few_distinct_predictions_have_a_bin_each():
    prediction = np.repeat([0.125, 0.5, 0.75], 8)
    label = np.tile([0.0, 0.0, 0.0, 1.0], 6)  # base rate 1/4 in each
    ours = expected_calibration_error(label, prediction, np.ones(24))
    assert ours == pytest.approx((0.125 + 0.25 + 0.5) / 3, abs=1e-12)


def test_gaps_of_two_bins_do_not_cancel():
    prediction, label = np.repeat([0.0, 1.0], 4), np.repeat([1.0, 0.0], 4)
    assert expected_calibration_error(label, prediction, np.ones(8)) == 1.0


def test_a_last_row_without_weight_does_not_count():
    label, prediction = np.array([1.0, 1.0]), np.array([0.75, 0.25])
    assert expected_calibration_error(label, prediction, np.array([1.0, 0.0])) == 0.25


def test_the_calibration_error_is_undefined_without_weight():
    assert math.isnan(expected_calibration_error(np.ones(2), np.ones(2), np.zeros(2)))
