"""Judging rows that weigh is judging rows that stand there so often."""

import numpy as np
import pyarrow as pa
import pytest

from banian.evaluation import (
    bootstrap,
    bootstrap_interval,
    evaluate,
    outcome_of_classes,
    outcome_of_numbers,
    outcome_of_quantiles,
    outcome_of_rankings,
    outcome_of_truths,
    paired_interval,
    read_weight,
    scene_scores,
)
from banian.predictions import Answer

ROWS = 120
GENERATOR = np.random.default_rng(6)
TIMES = GENERATOR.integers(0, 4, ROWS)
ENTITY = np.arange(ROWS) // 3
VALUE = GENERATOR.random(ROWS)
TRUTH = (GENERATOR.random(ROWS) < VALUE) * 1.0
NUMBER = GENERATOR.gamma(2.0, 4.0, ROWS)
CODES = GENERATOR.integers(0, 4, ROWS)
SHARES = GENERATOR.dirichlet(np.ones(4), ROWS)


def outcomes(kind, at):
    number, value = NUMBER[at], 10 * VALUE[at]
    match kind:
        case "binary":
            return outcome_of_truths(TRUTH[at], Answer(VALUE[at]), 0.4)
        case "multiclass":
            return outcome_of_classes(CODES[at] * 1.0, SHARES[at])
        case "regression":
            return outcome_of_numbers(number, Answer(value, lower=value - 3, upper=value + 6))
        case "quantile":
            return outcome_of_quantiles(number, Answer(value), 0.6)
        case _:
            return outcome_of_rankings(CODES[at][:, None] % 3, 1.0 + 0 * number, SHARES[at], 2)


@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        ("binary", "auc"),
        ("multiclass", "macro_f1"),
        ("regression", "mae"),
        ("quantile", "pinball"),
        ("ranking", "ndcg"),
    ],
)
def test_every_number_of_a_score_weighs(kind, metric, monkeypatch):
    monkeypatch.setattr(bootstrap, "resamples_for", lambda _: 60)
    rows, many = np.arange(ROWS), np.arange(ROWS).repeat(TIMES)

    def judge(at, weight=None):
        said, same = outcomes(kind, at), outcomes(kind, at[::-1])
        cluster = ENTITY[at]
        return evaluate(kind, metric, said, same, cluster, weight=weight, seed=0)

    counting = TIMES > 0
    one, other = judge(rows[counting], 0.3 * TIMES[counting]), judge(many)
    plain = judge(rows[counting])
    assert one.rows == plain.rows < other.rows
    for name in ("value", "interval", "coverage", "below", "metrics"):
        found, expected = getattr(one, name), getattr(other, name)
        assert found == (None if expected is None else pytest.approx(expected, abs=1e-9)), name
    assert one.better == other.better
    assert all(one.metrics[name] != plain.metrics[name] for name in one.metrics)


def test_intervals_draw_entities_whose_rows_weigh():
    many, kept = np.arange(ROWS).repeat(TIMES), np.flatnonzero(TIMES)
    draws = {"resamples": 50, "seed": 0}

    def draw(at, weight):
        pair = TRUTH[at], VALUE[at], 1 - VALUE[at], ENTITY[at]
        one = bootstrap_interval("auc", *pair[:2], pair[3], weight=weight, **draws)
        return one, paired_interval("auc", *pair, weight=weight, **draws)

    for found, expected, plain in zip(
        draw(kept, 2.0 * TIMES[kept]), draw(many, None), draw(kept, None), strict=True
    ):
        assert found == pytest.approx(expected)
        assert found != pytest.approx(plain)


def test_scenes_are_scored_by_weight():
    table = pa.table(
        {
            "label": TRUTH,
            "value": VALUE,
            "scene": np.where(np.arange(ROWS) % 2, "home", "cart").tolist(),
            "row_weight": TIMES * 1.0,
        }
    )
    many = table.take(np.arange(ROWS).repeat(TIMES)).drop_columns("row_weight")
    found = {one.scene: one.value for one in scene_scores("auc", table)}
    assert found == pytest.approx({one.scene: one.value for one in scene_scores("auc", many)})
    assert read_weight(many).tolist() == [1.0] * len(many)
