"""Absolute and squared errors, against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from banian.evaluation import mae, rmse


@pytest.mark.parametrize(
    ("ours", "oracle"),
    [(mae, metrics.mean_absolute_error), (rmse, metrics.root_mean_squared_error)],
    ids=["mae", "rmse"],
)
def test_it_is_that_of_scikit_learn(ours, oracle):
    generator = np.random.default_rng(0)
    label, prediction = generator.normal(size=(2, 300))
    weight = generator.random(300)
    expected = oracle(label, prediction, sample_weight=weight)
    assert ours(label, prediction, weight) == pytest.approx(expected, abs=1e-12)
