"""Sums over rows at or above a prediction."""

import numpy as np
import pytest

from banian.evaluation.weighted_sums import mass_above


@pytest.mark.parametrize("seed", range(5))
def test_it_sums_the_rows_at_or_above_each_distinct_prediction(seed):
    generator = np.random.default_rng(seed)
    prediction = generator.integers(0, 9, 40) / 8
    masses = generator.integers(0, 5, (2, 40)).astype(np.float64)
    distinct = np.unique(prediction)[::-1]
    for mass, above in zip(masses, mass_above(prediction, *masses), strict=True):
        expected = [mass[prediction >= cut].sum() for cut in distinct]
        np.testing.assert_array_equal(above, expected)


def test_rows_in_order_give_what_rows_in_disorder_give():
    generator = np.random.default_rng(0)
    prediction = generator.integers(0, 9, 40) / 8
    mass = generator.integers(0, 5, 40).astype(np.float64)
    order = np.argsort(-prediction)
    (disorder,), (ordered,) = (
        mass_above(prediction, mass),
        mass_above(prediction[order], mass[order]),
    )
    np.testing.assert_array_equal(disorder, ordered)
