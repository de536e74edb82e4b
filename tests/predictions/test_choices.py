"""Grades and their intervals."""

import numpy as np
import pytest

from banian.predictions import GradeCalibration

GRADES = (1.0, 2.0, 3.0, 5.0)
VALUES = np.array([[0.2, 0.3, 0.4, 0.1], [0.03, 0.02, 0.05, 0.9], [0.5, 0.0, 0.0, 0.5]])


@pytest.mark.parametrize(
    ("reports", "expected"), [("median", [2.0, 5.0, 1.0]), ("mean", [2.5, 4.72, 3.0])]
)
def test_the_value_is_the_median_or_the_mean(reports, expected):
    said = GradeCalibration(1.0, GRADES, reports).apply(VALUES, np.zeros(3))
    np.testing.assert_allclose(said.value, expected)
    np.testing.assert_allclose(said.weights, VALUES, atol=1e-12)


def test_ends_leave_at_most_a_twentieth_outside_on_each_side():
    said = GradeCalibration(1.0, GRADES, "median").apply(VALUES, np.zeros(3))
    np.testing.assert_array_equal(said.lower, [1, 2, 1])
    np.testing.assert_array_equal(said.upper, [5, 5, 5])


def test_a_bolder_temperature_narrows_the_interval():
    values = np.array([[0.06, 0.82, 0.06, 0.06]])
    wide, narrow = (
        GradeCalibration(t, GRADES, "median").apply(values, np.zeros(1)) for t in (1.0, 0.5)
    )
    assert (wide.lower[0], wide.upper[0]) == (1, 5)
    assert (narrow.lower[0], narrow.upper[0]) == (2, 2)
