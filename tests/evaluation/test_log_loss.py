"""Mean cross entropy, against scikit-learn."""

import math

import numpy as np
import pytest
from sklearn import metrics

from banian.evaluation import log_loss


@pytest.mark.parametrize("seed", range(5))
def test_it_is_that_of_scikit_learn(seed):
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, 200).astype(np.float64)
    prediction, weight = generator.random(200), generator.random(200)
    oracle = metrics.log_loss(label, prediction, sample_weight=weight)
    assert log_loss(label, prediction, weight) == pytest.approx(oracle, abs=1e-12)


def test_a_sure_and_wrong_row_costs_much_but_not_everything():
    wrong = log_loss(np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.ones(2))
    assert wrong == pytest.approx(-math.log(1e-15), rel=1e-3)


def test_a_sure_and_right_row_costs_nothing_to_rounding():
    right = log_loss(np.array([1.0, 0.0]), np.array([1.0, 0.0]), np.ones(2))
    assert right == pytest.approx(0.0, abs=1e-14)
