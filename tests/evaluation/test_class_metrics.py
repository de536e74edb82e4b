"""Metrics of classes and grades, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from banian.evaluation import accuracy, kappa, macro_f1, ranked_probability

ROWS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4)), min_size=1, max_size=30
)


def split(rows):
    return np.array(rows, dtype=np.float64).T


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_accuracy_and_macro_f1_are_those_of_scikit_learn(rows):
    label, said, weight = split(rows)
    oracle = {"sample_weight": weight}
    assert accuracy(label, said, weight) == pytest.approx(
        metrics.accuracy_score(label, said, **oracle)
    )
    assert macro_f1(label, said, weight) == pytest.approx(
        metrics.f1_score(label, said, average="macro", zero_division=0, **oracle)
    )


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_kappa_is_that_of_scikit_learn_with_squared_weights(rows):
    label, said, weight = split(rows)
    if len(np.unique(np.concatenate([label, said]))) == 1:
        assert np.isnan(kappa(label, said, weight))
        return
    oracle = metrics.cohen_kappa_score(
        label, said, labels=range(1, 6), weights="quadratic", sample_weight=weight
    )
    assert kappa(label, said, weight) == pytest.approx(oracle)


def test_ranked_probability_is_the_sum_of_brier_scores_of_all_thresholds():
    generator = np.random.default_rng(1)
    grades = np.array([1.0, 2.0, 4.0, 5.0])
    probability = generator.dirichlet(np.ones(4), size=40)
    label = generator.choice(grades, 40)
    oracle = sum(
        metrics.brier_score_loss(label <= grade, probability[:, : at + 1].sum(axis=1).clip(0, 1))
        for at, grade in enumerate(grades[:3])
    )
    found = ranked_probability(label, probability, grades)
    assert found.mean() == pytest.approx(oracle)
    assert (ranked_probability(grades, np.eye(4), grades) == 0).all()


def test_a_grade_between_two_known_ones_is_held_against_both():
    grades = np.array([1.0, 2.0, 4.0])
    found = ranked_probability(np.array([3.0]), np.array([[0.0, 0.5, 0.5]]), grades)
    assert found.tolist() == [0.25]
