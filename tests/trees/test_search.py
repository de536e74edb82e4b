from functools import partial

import lightgbm as lgb
import numpy as np
import pytest

from banian.trees import search
from banian.trees.search import GrowingTrees, find_best

COMMON = {
    "objective": "binary",
    "metric": "none",
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
}
SETTINGS = [
    COMMON | {"num_leaves": leaves, "learning_rate": rate}
    for leaves in (2, 4, 15)
    for rate in (0.02, 0.3)
]


@pytest.fixture
def halves():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(400, 4))
    y = (x[:, 0] * x[:, 1] + generator.normal(size=400) > 0).astype(float)
    training = lgb.Dataset(x[:200], y[:200], params={"verbosity": -1}, free_raw_data=False)
    valid = lgb.Dataset(x[200:], y[200:], reference=training, free_raw_data=False)
    return training.construct(), valid.construct(), x[200:], y[200:]


def gain(y, raw):
    """Give minus the log loss of raw scores."""
    return -float(np.mean(np.log1p(np.exp(-np.where(y > 0, raw, -raw)))))


def try_all(halves, most=400):
    training, valid, _, y = halves

    def judge(probability):  # LightGBM hands over what its objective makes of raw scores
        return gain(y, np.log(probability / (1 - probability)))

    return [partial(GrowingTrees, each, training, valid, judge, most=most) for each in SETTINGS]


def test_whoever_grows_to_the_end_stops_where_lightgbm_does(halves):
    training, valid, x, y = halves
    for settings, make in zip(SETTINGS, try_all(halves), strict=True):
        trees = make()
        trees.grow(7)
        trees.grow(None)
        booster = lgb.train(
            settings,
            training,
            400,
            valid_sets=[valid],
            feval=lambda p, _: ("gain", gain(y, np.log(p / (1 - p))), True),
            callbacks=[lgb.early_stopping(50, verbose=False)],
        )
        assert trees.rounds == booster.best_iteration
        assert trees.best == pytest.approx(booster.best_score["valid_0"]["gain"], abs=1e-12)
        np.testing.assert_array_equal(
            trees.predict(x), booster.predict(x, raw_score=True, num_iteration=trees.rounds)
        )


def test_the_best_of_all_is_found_where_nobody_is_given_up(halves, monkeypatch):
    monkeypatch.setattr(search, "_RUNGS", (10**6,))
    alone = [make() for make in try_all(halves)]
    for trees in alone:
        trees.grow(None)
    place, found = find_best(try_all(halves), at_once=2)
    assert place == int(np.argmax([trees.best for trees in alone]))
    assert (found.best, found.rounds) == (alone[place].best, alone[place].rounds)


def test_the_worse_half_is_given_up_at_each_rung(halves, monkeypatch):
    monkeypatch.setattr(search, "_RUNGS", (3, 6))
    grown, grow = [], GrowingTrees.grow
    monkeypatch.setattr(
        GrowingTrees, "grow", lambda self, until: (grown.append(until), grow(self, until))[1]
    )
    find_best(try_all(halves), at_once=1)
    assert grown == [3] * 6 + [6] * 3 + [None] * 2


def test_a_score_that_is_undefined_is_worse_than_any(halves):
    training, valid, _, _ = halves
    tried = [
        partial(GrowingTrees, SETTINGS[0], training, valid, lambda _, said=score: said, most=3)
        for score in (float("nan"), -5.0, float("nan"))
    ]
    place, found = find_best(tried, at_once=1)
    assert (place, found.rounds) == (1, 1)
