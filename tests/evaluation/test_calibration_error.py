"""The calibration error, against bins made by hand."""

import math

import numpy as np
import pytest

from banian.evaluation import expected_calibration_error


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


def test_it_is_undefined_without_weight():
    assert math.isnan(expected_calibration_error(np.ones(2), np.ones(2), np.zeros(2)))
