"""Trees learn rows as often as they weigh."""

from dataclasses import replace

import numpy as np
import pytest

from banian.trees import Target
from banian.trees.fit import TreesPlan, grow_trees
from banian.trees.target import possible_targets

SETTINGS = {
    "num_leaves": 4,
    "min_data_in_leaf": 1,
    "min_sum_hessian_in_leaf": 0.0,
    "deterministic": True,
    "verbosity": -1,
    "min_data_in_bin": 1,
    "min_data_per_group": 1,
}


def grow(rows, target, training):
    plan = TreesPlan(target, SETTINGS, 5, 0.0, np.zeros((0, 1)))
    return grow_trees(rows, "task", plan, training, seed=0, threads=1)


@pytest.mark.parametrize(
    "target", [Target("binary", "auc"), Target("count", "deviance", offset=2.0)]
)
def test_what_a_node_learns_is_what_rows_say_that_stand_so_often(make_rows, target):
    rows = make_rows(level=4.0)
    times = np.arange(len(rows)) % 3
    weighed = replace(rows, weight=np.stack([np.ones(len(rows)), 0.4 * times], axis=1))
    twice = rows.take(np.arange(len(rows)).repeat(times))
    ours = grow(weighed, target, times > 0).predict(rows)
    theirs = grow(twice, target, np.ones(len(twice), bool)).predict(rows)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    plain = grow(rows, target, times > 0).predict(rows)
    assert np.abs(ours - plain).max() > 1e-3


def test_the_base_is_fitted_by_weight():
    generator = np.random.default_rng(3)
    level = generator.gamma(1.0, 10.0, 300) * (generator.random(300) < 0.7)
    label = generator.poisson(level * 0.5 + 4.0).astype(float)
    times = generator.integers(1, 4, 300)
    target = Target("amount", "mae")
    bounds = possible_targets(target, label, level)[1].bounds
    found = possible_targets(target, label, level, 0.2 * times)[1]
    expected = possible_targets(target, label.repeat(times), level.repeat(times))[1]
    assert found.bounds == bounds
    assert found.offset == pytest.approx(expected.offset, rel=1e-6)
