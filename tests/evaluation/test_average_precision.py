"""Average precision, against scikit-learn."""

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from banian.evaluation import average_precision


@pytest.mark.parametrize("seed", range(20))
def test_it_is_that_of_scikit_learn_with_ties_and_weights(seed):
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, 200).astype(np.float64)
    prediction = generator.integers(0, 30, 200) / 30
    weight = generator.random(200)
    oracle = average_precision_score(label, prediction, sample_weight=weight)
    assert average_precision(label, prediction, weight) == pytest.approx(oracle, abs=1e-12)


def test_a_constant_has_the_base_rate():
    label = np.array([0.0, 1.0, 0.0, 0.0])
    assert average_precision(label, np.full(4, 0.7), np.ones(4)) == 0.25


def test_it_is_undefined_without_positives_but_one_without_negatives():
    prediction = np.array([0.1, 0.9, 0.5])
    assert math.isnan(average_precision(np.zeros(3), prediction, np.ones(3)))
    assert average_precision(np.ones(3), prediction, np.ones(3)) == 1.0


def test_rows_of_no_weight_at_the_top_do_not_count():
    label, prediction = np.array([0.0, 1.0, 0.0]), np.array([0.9, 0.8, 0.1])
    assert average_precision(label, prediction, np.array([0.0, 1.0, 1.0])) == 1.0
