"""Intervals over entities."""

import math
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banian.evaluation import bootstrap_interval, holm, paired_interval, resamples_for
from banian.evaluation.bootstrap import draw_metric

TRUTH = math.sqrt(2 / math.pi)  # the mean magnitude of a standard normal number


def draw_clustered(seed, clusters=150, rows_each=5):
    """Labels that are standard normal, and much alike within a cluster."""
    generator = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), rows_each)
    shared, own = generator.normal(size=clusters)[cluster], generator.normal(size=len(cluster))
    return math.sqrt(0.8) * shared + math.sqrt(0.2) * own, cluster


def covers(label, cluster, seed):
    lower, upper = bootstrap_interval(
        "mae", label, np.zeros_like(label), cluster, resamples=120, seed=seed
    )
    return lower <= TRUTH <= upper


def test_entities_drawn_together_cover_the_truth_as_often_as_promised():
    runs = [covers(*draw_clustered(seed), seed) for seed in range(200)]
    assert 0.90 <= np.mean(runs) <= 0.98


def test_rows_drawn_alone_would_promise_too_much():
    labels = [draw_clustered(seed)[0] for seed in range(30)]
    runs = [covers(label, np.arange(len(label)), seed) for seed, label in enumerate(labels)]
    assert np.mean(runs) < 0.85


def test_draws_are_those_of_whole_entities():
    label, prediction = np.array([1.0, 3.0, 5.0, 7.0]), np.zeros(4)
    (drawn,) = draw_metric("mae", label, [prediction], np.array([0, 0, 1, 1]), resamples=50, seed=0)
    assert set(drawn) == {2.0, 4.0, 6.0}  # both entities, or one of them twice


def test_order_and_names_of_the_entities_do_not_matter():
    label, cluster = draw_clustered(0)
    zeros = np.zeros_like(label)
    numbers = bootstrap_interval("mae", label, zeros, cluster, resamples=50, seed=0)
    names = np.char.add("customer", np.char.zfill(cluster.astype(str), 3))
    assert bootstrap_interval("mae", label, zeros, names, resamples=50, seed=0) == numbers


def test_the_interval_is_the_same_for_a_seed_and_another_for_another():
    label, cluster = draw_clustered(0)
    zeros = np.zeros_like(label)
    first, again, other = (
        bootstrap_interval("mae", label, zeros, cluster, resamples=50, seed=seed)
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_a_lower_level_gives_a_narrower_interval():
    label, cluster = draw_clustered(0)
    rows = "mae", label, np.zeros_like(label), cluster
    wide = bootstrap_interval(*rows, resamples=200, seed=0)
    narrow = bootstrap_interval(*rows, level=0.5, resamples=200, seed=0)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_a_pair_that_differs_everywhere_alike_has_a_narrow_interval():
    label, cluster = draw_clustered(0)
    generator = np.random.default_rng(0)
    worse = label + 1.0
    better = label + 0.9 + 0.01 * generator.normal(size=len(label))
    lower, upper = paired_interval("mae", label, better, worse, cluster, resamples=100, seed=0)
    assert -0.105 < lower < upper < -0.095


def test_a_pair_the_other_way_round_has_the_other_sign():
    generator = np.random.default_rng(0)
    label = generator.integers(0, 2, 90).astype(np.float64)
    first, second = generator.random((2, 90))
    there = paired_interval("auc", label, first, second, np.arange(90), resamples=100, seed=0)
    back = paired_interval("auc", label, second, first, np.arange(90), resamples=100, seed=0)
    assert back == pytest.approx((-there[1], -there[0]), abs=1e-12)


def test_draws_without_one_class_are_left_out():
    label, prediction = np.array([0.0, 0.0, 1.0]), np.array([0.1, 0.2, 0.9])
    cluster = np.arange(3)
    (drawn,) = draw_metric("auc", label, [prediction], cluster, resamples=50, seed=0)
    assert 0 < np.isnan(drawn).sum() < 50
    assert bootstrap_interval("auc", label, prediction, cluster, resamples=50, seed=0) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("label", "cluster"),
    [([], []), ([1.0, 1.0, 1.0], [0, 1, 2]), ([0.0, 1.0, 1.0], [4, 4, 4])],
    ids=["no rows", "one class", "one entity"],
)
def test_what_cannot_be_known_has_no_interval(label, cluster):
    rows = np.array(label, dtype=np.float64), np.linspace(0.1, 0.9, len(label))
    names = np.array(cluster, dtype=np.int64)
    interval = bootstrap_interval("auc", *rows, names, resamples=20, seed=0)
    assert np.isnan(interval).all()
    assert np.isnan(paired_interval("auc", *rows, rows[1], names, resamples=20, seed=0)).all()


def test_the_number_of_draws_is_chosen_by_the_rows():
    few, many = np.arange(2.0), np.arange(400_000.0)
    assert draw_metric("mae", few, [few], few, seed=0).shape == (1, 1000)
    assert resamples_for(len(many)) == 500


def test_a_thousand_draws_of_two_thousand_rows_take_no_time_to_speak_of():
    generator = np.random.default_rng(0)
    label, prediction = generator.integers(0, 2, 2000).astype(np.float64), generator.random(2000)
    start = perf_counter()
    bootstrap_interval("auc", label, prediction, generator.integers(0, 500, 2000), seed=0)
    assert perf_counter() - start < 3.0  # 0.1 s, and room for shape checks and a busy machine


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0, 0.999))
def test_holm_rejects_what_the_sequential_procedure_rejects(p_values, level):
    """The smallest is held against level / n, the next against level / (n - 1), until one is not below."""
    rejected = set()
    for at, which in enumerate(np.argsort(p_values, kind="stable").tolist()):
        if p_values[which] * (len(p_values) - at) > level:
            break
        rejected.add(str(which))
    corrected = holm({str(at): value for at, value in enumerate(p_values)})
    assert {name for name, value in corrected.items() if value <= level} == rejected
