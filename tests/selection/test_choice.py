"""The joint network serves unless another is better beyond noise."""

import numpy as np
import pytest

from banian.selection.choice import choose_predictors

GENERATOR = np.random.default_rng(0)
LABEL = GENERATOR.normal(0, 3, 400)
CLUSTER = np.arange(400)


def said(**noise):
    return {
        name: (LABEL + GENERATOR.normal(0, spread, 400))[:, None] for name, spread in noise.items()
    }


def choose(values, metric="mae", label=LABEL, cluster=CLUSTER):
    return choose_predictors(metric, lambda said: (label, said[:, 0]), values, cluster, seed=0)


def test_one_that_is_clearly_better_serves():
    assert choose(said(joint=3.0, twin=3.0, trees=0.1)).predictors == ("trees",)
    assert choose(said(joint=3.0, twin=0.1, trees=3.0)).predictors == ("twin",)


def test_errors_that_differ_are_averaged():
    choice = choose(said(joint=1.0, trees=1.0))
    assert choice.predictors == ("joint", "trees")
    assert "of draws" in choice.why


def test_an_average_with_the_joint_network_serves_rather_than_another_alone():
    noise = {"joint": 1.75, "trees": 1.0}  # so that both are equally good: (1.75² + 1) / 4 = 1
    generator = np.random.default_rng(2)
    values = {n: (LABEL + generator.normal(0, s, 400))[:, None] for n, s in noise.items()}
    choice = choose(values)
    assert choice.scores["trees"] < choice.scores["joint + trees"] < choice.scores["joint"]
    assert choice.predictors == ("joint", "trees")


def test_the_joint_network_serves_on_a_tie():
    same = said(joint=1.0)["joint"]
    choice = choose({"joint": same, "twin": same, "trees": same})
    assert choice.predictors == ("joint",)


def test_a_difference_that_may_be_chance_changes_nothing():
    values = said(joint=1.0)
    better = values["joint"].copy()
    better[0] = LABEL[0]  # one row of four hundred
    choice = choose(values | {"trees": better})
    assert choice.predictors == ("joint",)
    assert choice.scores["trees"] < choice.scores["joint"]
    assert "may be chance" in choice.why


def test_rows_of_one_entity_count_as_one():
    values = said(joint=1.0, trees=0.9)
    many = {name: np.repeat(value[:10], 40, axis=0) for name, value in values.items()}
    label = np.repeat(LABEL[:10], 40)
    values_better = many | {
        "trees": np.where(np.arange(400)[:, None] < 40, label[:, None], many["joint"])
    }
    assert choose(values_better, label=label, cluster=np.repeat(np.arange(10), 40)).predictors == (
        "joint",
    )


def test_alone_the_joint_network_serves():
    assert choose(said(joint=1.0)).predictors == ("joint",)


@pytest.mark.parametrize("metric", ["auc", "log_loss"])
def test_one_class_only_selects_nothing(metric):
    half = {name: np.full((50, 1), 0.5) for name in ("joint", "trees")}
    choice = choose(half, metric, np.zeros(50), np.arange(50))
    assert choice.predictors == ("joint",)
    assert choice.to_dict()["scores"].keys() == {"joint", "trees", "joint + trees"}
