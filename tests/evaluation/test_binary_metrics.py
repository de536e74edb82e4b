"""Metrics of yes or no, against their definitions and scikit-learn."""

import math

import numpy as np
import pytest
from sklearn import metrics
from sklearn.metrics import average_precision_score, roc_auc_score

from banian.evaluation import auc, average_precision, f1, log_loss, precision, recall


@pytest.mark.parametrize("seed", range(20))
def test_auc_is_that_of_scikit_learn_with_ties_and_weights(seed):
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, 200).astype(np.float64)
    prediction = generator.integers(0, 30, 200) / 30
    weight = generator.random(200)
    oracle = roc_auc_score(label, prediction, sample_weight=weight)
    assert auc(label, prediction, weight) == pytest.approx(oracle, abs=1e-12)


def test_auc_is_the_share_of_pairs_in_order():
    generator = np.random.default_rng(0)
    label = generator.integers(0, 2, 60).astype(np.float64)
    prediction = generator.integers(0, 8, 60).astype(np.float64)
    difference = prediction[label == 1][:, None] - prediction[label == 0][None, :]
    pairs = (np.sign(difference) + 1) / 2
    assert auc(label, prediction, np.ones(60)) == pytest.approx(pairs.mean(), abs=1e-12)


def test_a_constant_has_an_auc_of_exactly_one_half():
    label = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    assert auc(label, np.full(5, 0.3), np.array([0.1, 0.7, 0.3, 2.0, 1.1])) == 0.5


def test_turning_the_predictions_around_turns_auc_around():
    generator = np.random.default_rng(1)
    label = generator.integers(0, 2, 100).astype(np.float64)
    prediction = generator.integers(0, 9, 100).astype(np.float64)
    there = auc(label, prediction, np.ones(100))
    assert auc(label, -prediction, np.ones(100)) == pytest.approx(1 - there, abs=1e-12)


@pytest.mark.parametrize("weight", [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
def test_auc_is_undefined_where_a_class_has_no_weight(weight):
    label = np.array([0.0, 0.0, 1.0])
    assert math.isnan(auc(label, np.array([0.1, 0.2, 0.3]), np.array(weight)))


@pytest.mark.parametrize("seed", range(20))
def test_average_precision_is_that_of_scikit_learn_with_ties_and_weights(seed):
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, 200).astype(np.float64)
    prediction = generator.integers(0, 30, 200) / 30
    weight = generator.random(200)
    oracle = average_precision_score(label, prediction, sample_weight=weight)
    assert average_precision(label, prediction, weight) == pytest.approx(oracle, abs=1e-12)


def test_the_average_precision_of_a_constant_is_the_base_rate():
    label = np.array([0.0, 1.0, 0.0, 0.0])
    assert average_precision(label, np.full(4, 0.7), np.ones(4)) == 0.25


def test_average_precision_is_undefined_without_positives_but_one_without_negatives():
    prediction = np.array([0.1, 0.9, 0.5])
    assert math.isnan(average_precision(np.zeros(3), prediction, np.ones(3)))
    assert average_precision(np.ones(3), prediction, np.ones(3)) == 1.0


def test_rows_of_no_weight_at_the_top_do_not_count_in_average_precision():
    label, prediction = np.array([0.0, 1.0, 0.0]), np.array([0.9, 0.8, 0.1])
    assert average_precision(label, prediction, np.array([0.0, 1.0, 1.0])) == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_log_loss_is_that_of_scikit_learn(seed):
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


ORACLES = [
    (precision, metrics.precision_score),
    (recall, metrics.recall_score),
    (f1, metrics.f1_score),
]


@pytest.mark.parametrize(("ours", "oracle"), ORACLES, ids=lambda function: function.__name__)
@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.8])
def test_precision_recall_and_f1_are_those_of_scikit_learn(ours, oracle, threshold):
    generator = np.random.default_rng(0)
    label = generator.integers(0, 2, 200).astype(np.float64)
    prediction, weight = generator.integers(0, 11, 200) / 10, generator.random(200)
    expected = oracle(label, prediction >= threshold, sample_weight=weight)
    assert ours(label, prediction, weight, threshold) == pytest.approx(expected, abs=1e-12)


def test_only_recall_is_defined_where_no_row_reaches_the_threshold():
    rows = np.array([0.0, 1.0]), np.array([0.1, 0.2]), np.ones(2)
    assert math.isnan(precision(*rows, 0.5))
    assert recall(*rows, 0.5) == 0.0
    assert f1(*rows, 0.5) == 0.0


def test_recall_is_undefined_without_positives():
    rows = np.zeros(2), np.array([0.1, 0.6]), np.ones(2)
    assert math.isnan(recall(*rows, 0.5))
    assert precision(*rows, 0.5) == 0.0
    assert math.isnan(f1(*rows, 0.7))
