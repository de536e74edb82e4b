"""What the trees learn is what is measured, whatever way they learn it."""

import numpy as np
import pytest
from hypothesis import given
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
