"""Precision, recall and F1 at a threshold, against scikit-learn."""

import math

import numpy as np
import pytest
from sklearn import metrics

from banian.evaluation import f1, precision, recall

ORACLES = [
    (precision, metrics.precision_score),
    (recall, metrics.recall_score),
    (f1, metrics.f1_score),
]


@pytest.mark.parametrize(("ours", "oracle"), ORACLES, ids=lambda function: function.__name__)
@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.8])
def test_it_is_that_of_scikit_learn(ours, oracle, threshold):
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
