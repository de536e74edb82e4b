"""What every metric promises, whichever it is."""

from functools import partial
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.evaluation import (
    expected_calibration_error,
    f1,
    higher_is_better,
    measure,
    precision,
    recall,
)
from banian.spec import Metric

METRICS = {name: partial(measure, name) for name in get_args(Metric) if name != "qini"} | {
    "expected_calibration_error": expected_calibration_error,
    "precision": partial(precision, threshold=0.5),
    "recall above a threshold": partial(recall, threshold=0.5),
    "f1": partial(f1, threshold=0.5),
}
"""That of uplift takes another label: see test_qini.py."""
AVERAGED = ("pinball", "ranked_probability", "ndcg", "recall", "mrr")
"""Metrics that take what each row adds to them as the prediction."""
ROWS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.0625, 0.25, 0.5, 0.53125, 0.75, 0.9375]),
        st.integers(0, 4),
    ),
    max_size=40,
)


def split(rows):
    columns = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return columns[:, 0], columns[:, 1], columns[:, 2]


def measure_all(label, prediction, weight):
    return {name: metric(label, prediction, weight) for name, metric in METRICS.items()}


def same(scores):
    return pytest.approx(scores, abs=1e-12, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_an_integer_weight_is_that_many_rows(rows):
    label, prediction, weight = split(rows)
    times = weight.astype(np.int64)
    repeated = np.repeat(label, times), np.repeat(prediction, times), np.ones(times.sum())
    assert measure_all(label, prediction, weight) == same(measure_all(*repeated))


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_does_not_matter(rows, seed):
    label, prediction, weight = split(rows)
    order = np.random.default_rng(seed).permutation(len(rows))
    shuffled = measure_all(label[order], prediction[order], weight[order])
    assert measure_all(label, prediction, weight) == same(shuffled)


@settings(max_examples=30, deadline=None)
@given(rows=ROWS)
def test_only_the_proportion_of_the_weights_matters(rows):
    label, prediction, weight = split(rows)
    heavier = measure_all(label, prediction, 8 * weight)
    assert measure_all(label, prediction, weight) == same(heavier)


def test_no_rows_and_no_weight_are_undefined():
    for rows in (split([]), split([(0.0, 0.25, 0), (1.0, 0.75, 0)])):
        assert np.isnan(list(measure_all(*rows).values())).all()


@pytest.mark.parametrize("name", sorted(set(METRICS) & set(get_args(Metric))))
def test_better_predictions_lie_on_the_better_side(name):
    label = np.array([0.0, 0.0, 1.0, 1.0])
    good, bad = np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.9, 0.8, 0.2, 0.1])
    if name in ("accuracy", "macro_f1", "kappa"):
        good, bad = label, 1 - label
    if name in AVERAGED:
        good, bad = np.full(4, 0.25), np.full(4, 0.75)
        if higher_is_better(name):
            good, bad = bad, good
    gain = measure(name, label, good, np.ones(4)) - measure(name, label, bad, np.ones(4))
    assert (gain > 0) == higher_is_better(name)
