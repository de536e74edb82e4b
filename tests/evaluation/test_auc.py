"""The area under the ROC curve, against its definition and scikit-learn."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from banian.evaluation import auc


@pytest.mark.parametrize("seed", range(20))
def test_it_is_that_of_scikit_learn_with_ties_and_weights(seed):
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, 200).astype(np.float64)
    prediction = generator.integers(0, 30, 200) / 30
    weight = generator.random(200)
    oracle = roc_auc_score(label, prediction, sample_weight=weight)
    assert auc(label, prediction, weight) == pytest.approx(oracle, abs=1e-12)


def test_it_is_the_share_of_pairs_in_order():
    generator = np.random.default_rng(0)
    label = generator.integers(0, 2, 60).astype(np.float64)
    prediction = generator.integers(0, 8, 60).astype(np.float64)
    difference = prediction[label == 1][:, None] - prediction[label == 0][None, :]
    pairs = (np.sign(difference) + 1) / 2
    assert auc(label, prediction, np.ones(60)) == pytest.approx(pairs.mean(), abs=1e-12)


def test_a_constant_has_exactly_one_half():
    label = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    assert auc(label, np.full(5, 0.3), np.array([0.1, 0.7, 0.3, 2.0, 1.1])) == 0.5


def test_turning_the_predictions_around_turns_it_around():
    generator = np.random.default_rng(1)
    label = generator.integers(0, 2, 100).astype(np.float64)
    prediction = generator.integers(0, 9, 100).astype(np.float64)
    there = auc(label, prediction, np.ones(100))
    assert auc(label, -prediction, np.ones(100)) == pytest.approx(1 - there, abs=1e-12)


@pytest.mark.parametrize("weight", [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
def test_it_is_undefined_where_a_class_has_no_weight(weight):
    label = np.array([0.0, 0.0, 1.0])
    assert math.isnan(auc(label, np.array([0.1, 0.2, 0.3]), np.array(weight)))
