"""What the trees learn is what is measured, whatever way they learn it."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.predictions import fit_offset
from banian.trees.target import Target, possible_targets

LABEL, LEVEL = np.array([0.0, 4.0, 10.0]), np.array([0.0, 6.0, 1.0])


def test_a_relative_label_comes_back_as_it_was():
    target = Target("amount", "mae", offset=2.0)
    learned = target.label(LABEL, LEVEL)
    np.testing.assert_allclose(learned, LABEL / (LEVEL + 2))
    np.testing.assert_allclose(target.to_values(learned[:, None], LEVEL)[:, 0], LABEL)


def test_the_weighted_error_of_the_ratio_is_the_error_over_the_root_of_the_base():
    target = Target("amount", "mae", offset=2.0)
    ratio, base = np.array([0.5, 0.1, 2.0]), LEVEL + 2
    weighted = target.weight(LEVEL) * np.abs(target.label(LABEL, LEVEL) - ratio)
    np.testing.assert_allclose(weighted, np.abs(LABEL - base * ratio) / np.sqrt(base))
    squared = Target("amount", "rmse", offset=2.0)
    weighted = squared.weight(LEVEL) * (squared.label(LABEL, LEVEL) - ratio) ** 2
    np.testing.assert_allclose(weighted, (LABEL - base * ratio) ** 2 / base)


def test_a_count_starts_from_the_log_of_its_base():
    target = Target("count", "deviance", offset=2.0)
    np.testing.assert_allclose(target.start(LEVEL), np.log(LEVEL + 2))
    assert Target("count", "deviance").start(LEVEL) is None
    value = target.to_values(np.zeros((3, 1)), LEVEL)
    np.testing.assert_allclose(value[:, 0], LEVEL + 2)


@given(st.lists(st.lists(st.floats(-800, 800), min_size=3, max_size=3), min_size=1, max_size=5))
def test_probabilities_are_probabilities_whatever_the_scores(scores):
    score, level = np.array(scores), np.zeros(len(scores))
    with np.errstate(over="ignore"):
        binary = Target("binary", "auc").to_values(score[:, :1], level)
    assert ((binary >= 0) & (binary <= 1)).all()
    several = Target("multiclass", "log_loss", classes=3).to_values(score, level)
    np.testing.assert_allclose(several.sum(axis=1), 1)


def test_no_value_is_below_the_floor():
    assert Target("amount", "mae", floor=0.0).to_values(np.array([[-3.0]]), np.zeros(1)) == 0


@pytest.mark.parametrize(
    ("kind", "metric", "around"),
    [
        ("amount", "mae", "median"),
        ("amount", "rmse", "mean"),
        ("regression", "rmse", "mean"),
        ("count", "deviance", "count"),
        ("binary", "auc", None),
        ("quantile", "pinball", None),
    ],
)
def test_numbers_with_a_level_are_learned_in_two_ways(kind, metric, around):
    target = Target(kind, metric)
    found = possible_targets(target, LABEL, LEVEL)
    assert found[0] == target
    offsets = [one.offset for one in found[1:]]
    assert offsets == ([] if around is None else [fit_offset(LABEL, LEVEL, around)])
    assert possible_targets(target, LABEL, np.zeros(3)) == (target,)


@pytest.mark.parametrize(
    ("kind", "metric"), [("amount", "mae"), ("amount", "rmse"), ("count", "deviance")]
)
@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), both=st.booleans(), absurd=st.floats(1e7, 1e12))
def test_one_mistyped_row_is_learned_as_a_large_one(kind, metric, seed, both, absurd):
    generator = np.random.default_rng(seed)
    label, level = np.ceil(generator.lognormal(2, 0.6, (2, 60)))
    clean = possible_targets(Target(kind, metric), label, level)
    spoilt = label.copy(), level.copy()
    spoilt[1][7] = absurd
    if both:
        spoilt[0][7] = absurd
    found = possible_targets(Target(kind, metric), *spoilt)
    for before, after in zip(clean, found, strict=True):
        assert after.label(*spoilt).max() <= 12 * before.label(label, level).max()
        weight, start = after.weight(spoilt[1]), after.start(spoilt[1])
        assert weight is None or weight[7] <= 0.2 * weight.sum()
        assert start is None or start[7] <= np.log(500)
        value = after.to_values(np.ones((60, 1)), spoilt[1])[:, 0]
        assert value.max() <= 100 * before.to_values(np.ones((60, 1)), level).max()
        assert Target.from_dict(json.loads(json.dumps(after.to_dict()))) == after


def test_a_target_without_bounds_is_one_that_an_older_banian_wrote():
    tree = Target("amount", "mae", offset=2.0).to_dict()
    del tree["bounds"]
    assert Target.from_dict(tree).label(np.array([1e300]), np.zeros(1)) == 0.5e300
