"""Metrics of numbers, against scikit-learn."""

import math

import numpy as np
import pytest
from sklearn import metrics
from sklearn.metrics import mean_poisson_deviance

from banian.evaluation import deviance, mae, pinball, rmse


@pytest.mark.parametrize(
    ("ours", "oracle"),
    [(mae, metrics.mean_absolute_error), (rmse, metrics.root_mean_squared_error)],
    ids=["mae", "rmse"],
)
def test_errors_are_those_of_scikit_learn(ours, oracle):
    generator = np.random.default_rng(0)
    label, prediction = generator.normal(size=(2, 300))
    weight = generator.random(300)
    expected = oracle(label, prediction, sample_weight=weight)
    assert ours(label, prediction, weight) == pytest.approx(expected, abs=1e-12)


def test_deviance_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    prediction = generator.gamma(1.0, 2.0, 300) + 1e-3
    label = generator.poisson(prediction).astype(np.float64)
    weight = generator.random(300)
    assert (label == 0).any()
    expected = mean_poisson_deviance(label, prediction, sample_weight=weight)
    assert deviance(label, prediction, weight) == pytest.approx(expected, abs=1e-12)


def test_exact_predictions_have_no_deviance():
    count = np.array([1.0, 2.0, 7.0])
    assert deviance(count, count, np.ones(3)) == 0.0


@pytest.mark.parametrize(("label", "prediction"), [(1.0, 0.0), (0.0, -1.0), (-1.0, 1.0)])
def test_deviance_is_undefined_for_impossible_numbers_that_have_weight(label, prediction):
    rows = np.array([label, 2.0]), np.array([prediction, 2.0])
    assert math.isnan(deviance(*rows, np.ones(2)))
    assert deviance(*rows, np.array([0.0, 1.0])) == 0.0


def test_pinball_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    label, said = generator.normal(size=(2, 50))
    for rank in (0.1, 0.5, 0.95):
        oracle = metrics.mean_pinball_loss(label, said, alpha=rank)
        assert pinball(label, said, rank=rank).mean() == pytest.approx(oracle)
