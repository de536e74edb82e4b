"""What is read of a table of test predictions is what was judged."""

import numpy as np
import pyarrow as pa
import pytest

from banian.evaluation import (
    measure,
    outcome_of_classes,
    outcome_of_rankings,
    rank_choices,
    read_prediction_table,
    right_choices,
    scene_scores,
)

NAMES = np.array(["milk", "salt", "tea", "(unknown)"])
ROWS = 40


@pytest.fixture(scope="module")
def drawn():
    generator = np.random.default_rng(0)
    return generator.dirichlet(np.ones(4), ROWS), generator.integers(0, 4, (ROWS, 2))


def table(label, value, **columns) -> pa.Table:
    scene = [("home", "cart")[row % 2] for row in range(ROWS)]
    return pa.table({"label": label, "value": value, "scene": scene} | columns)


def name(weights, top) -> list:
    ranked = rank_choices(weights, top)
    return [
        [{"name": str(NAMES[code]), "value": float(row[code])} for code in codes]
        for row, codes in zip(weights, ranked, strict=True)
    ]


@pytest.fixture(scope="module")
def classes(drawn) -> pa.Table:
    weights, codes = drawn
    code = codes[:, 0]
    choices = name(weights, 2)
    return table(
        code.astype(float),
        weights[:, :3].max(axis=1),
        choice=[one[0]["name"] for one in choices],
        choices=choices,
        answers=[[str(NAMES[one])] for one in code],
        likelihood=weights[np.arange(ROWS), code],
    )


@pytest.mark.parametrize("metric", ["log_loss", "accuracy", "macro_f1"])
def test_of_classes(metric, classes, drawn):
    outcome = outcome_of_classes(drawn[1][:, 0].astype(float), drawn[0])
    expected = measure(metric, *outcome.readings[metric], np.ones(ROWS))
    found = measure(metric, *read_prediction_table(metric, classes, quantile=None), np.ones(ROWS))
    assert found == pytest.approx(expected)
    assert len(scene_scores(metric, classes)) == 2


def test_right_choices_are_those_whose_name_is_the_answer(classes, drawn):
    expected = drawn[0][:, :3].argmax(axis=1) == drawn[1][:, 0]
    np.testing.assert_array_equal(right_choices(classes), expected)


@pytest.mark.parametrize("metric", ["ndcg", "recall", "mrr"])
def test_of_rankings(metric, drawn):
    weights, codes = drawn
    codes = np.where(
        codes[:, :1] == codes[:, 1:], np.stack([codes[:, 0], 0 * codes[:, 0] - 1], 1), codes
    )
    count = (codes >= 0).sum(axis=1).astype(float)
    judged = table(
        count,
        weights[:, 0],
        choices=name(weights, 2),
        answers=[[str(NAMES[code]) for code in row if code >= 0] for row in codes],
    )
    expected = outcome_of_rankings(codes, count, weights, 2).readings[metric]
    found = read_prediction_table(metric, judged, quantile=None)
    np.testing.assert_allclose(found[1], expected[1])


def test_of_yes_or_no_with_and_without_what_was_said_of_the_truth():
    generator = np.random.default_rng(1)
    value, label = generator.random(ROWS), generator.integers(0, 2, ROWS).astype(float)
    likelihood = np.where(label > 0, value, 1 - value)
    with_it, without = (
        measure("log_loss", *read_prediction_table("log_loss", one, quantile=None), np.ones(ROWS))
        for one in (table(label, value, likelihood=likelihood), table(label, value))
    )
    assert with_it == pytest.approx(without)


def test_a_quantile_is_read_by_its_rank():
    judged = table(np.ones(ROWS) * 3, np.ones(ROWS))
    assert read_prediction_table("pinball", judged, quantile=0.75)[1].tolist() == [1.5] * ROWS
    assert len(scene_scores("pinball", judged, quantile=0.75)) == 2


@pytest.mark.parametrize("metric", ["qini", "ranked_probability", "kappa"])
def test_where_the_table_does_not_hold_enough_there_is_no_score(metric):
    judged = table(np.zeros(ROWS), np.zeros(ROWS))
    assert read_prediction_table(metric, judged, quantile=None) is None
    assert scene_scores(metric, judged) == ()
