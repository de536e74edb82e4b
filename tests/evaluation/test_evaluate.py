"""What evaluation says about a task."""

import json
import math

import numpy as np
import pytest
from sklearn import metrics

from banian.evaluation import bootstrap_interval, evaluate, paired_interval
from banian.spec import METRICS

CLUSTER = np.repeat(np.arange(60), 3)


@pytest.fixture
def binary():
    generator = np.random.default_rng(0)
    value = generator.random(180)
    return (generator.random(180) < value).astype(np.float64), value


@pytest.fixture
def count():
    generator = np.random.default_rng(1)
    value = generator.gamma(2.0, 1.0, 180) + 0.1
    return generator.poisson(value).astype(np.float64), value


def test_a_binary_task_is_judged_by_all_its_metrics(binary):
    label, value = binary
    score = evaluate("binary", "auc", label, value, CLUSTER, label.mean(), 0.4, seed=0)
    assert score.metrics == pytest.approx(
        {
            "auc": metrics.roc_auc_score(label, value),
            "average_precision": metrics.average_precision_score(label, value),
            "precision": metrics.precision_score(label, value >= 0.4),
            "recall": metrics.recall_score(label, value >= 0.4),
            "f1": metrics.f1_score(label, value >= 0.4),
            "log_loss": metrics.log_loss(label, value),
            "expected_calibration_error": score.metrics["expected_calibration_error"],
        }
    )
    assert (score.rows, score.positives) == (180, int(label.sum()))


def test_a_count_is_judged_by_all_its_metrics(count):
    label, value = count
    score = evaluate("count", "mae", label, value, CLUSTER, 2.0, None, seed=0)
    assert score.metrics == pytest.approx(
        {
            "deviance": metrics.mean_poisson_deviance(label, value),
            "mae": metrics.mean_absolute_error(label, value),
            "rmse": metrics.root_mean_squared_error(label, value),
        }
    )
    assert score.positives is None


def test_an_amount_is_judged_by_all_its_metrics(count):
    label, value = count
    score = evaluate("amount", "rmse", label, value, CLUSTER, 2.0, None, seed=0)
    assert list(score.metrics) == ["mae", "rmse"]
    assert score.value == score.metrics["rmse"]


@pytest.mark.parametrize(
    ("kind", "metric"),
    [("binary", "auc"), ("amount", "mae"), ("count", "deviance")],
)
def test_the_headline_and_its_intervals_are_those_of_the_metric(kind, metric, binary, count):
    label, value = binary if kind == "binary" else count
    threshold = 0.5 if kind == "binary" else None
    score = evaluate(kind, metric, label, value, CLUSTER, 0.5, threshold, seed=3)
    same = np.full(180, 0.5)
    lower, upper = paired_interval(metric, label, value, same, CLUSTER, seed=3)
    assert score.value == score.metrics[metric]
    assert score.interval == bootstrap_interval(metric, label, value, CLUSTER, seed=3)
    assert score.interval[0] < score.value < score.interval[1]
    assert score.better == (lower > 0 if metric == "auc" else upper < 0)


@pytest.mark.parametrize(("metric", "constant"), [("auc", 0.5), ("average_precision", 0.25)])
def test_ranking_metrics_of_a_constant_do_not_depend_on_it(metric, constant):
    label = np.tile([0.0, 0.0, 0.0, 1.0], 20)
    score = evaluate("binary", metric, label, label, np.arange(80), 0.9, 0.5, seed=0)
    assert score.constant == constant


def test_a_constant_is_judged_like_any_prediction(count):
    label, value = count
    score = evaluate("amount", "mae", label, value, CLUSTER, 2.0, None, seed=0)
    assert score.constant == pytest.approx(np.abs(label - 2.0).mean())


@pytest.mark.parametrize("metric", ["auc", "log_loss"])
def test_a_good_model_is_better_and_a_bad_or_equal_one_is_not(metric, binary):
    label, value = binary
    base = float(label.mean())
    for said, better in ((value, True), (1 - value, False), (np.full(180, base), False)):
        score = evaluate("binary", metric, label, said, CLUSTER, base, 0.5, seed=0)
        assert score.better is better


def test_no_rows_are_undefined_rather_than_a_crash():
    none, nobody = np.zeros(0), np.zeros(0, dtype=np.int64)
    for kind, threshold in (("binary", 0.5), ("amount", None), ("count", None)):
        score = evaluate(kind, METRICS[kind][0], none, none, nobody, 0.5, threshold, seed=0)
        assert (score.rows, score.better) == (0, None)
        assert np.isnan([score.value, *score.interval, score.constant]).all()
        assert np.isnan(list(score.metrics.values())).all()


def test_one_class_leaves_the_defined_metrics_defined():
    label, value = np.zeros(6), np.linspace(0.1, 0.4, 6)
    score = evaluate("binary", "auc", label, value, np.arange(6), 0.2, 0.5, seed=0)
    assert math.isnan(score.value)
    assert score.better is None
    assert score.positives == 0
    assert score.metrics["log_loss"] == pytest.approx(-np.log(1 - value).mean())


def test_a_score_is_json_without_nan(binary):
    label, value = binary
    for rows in (180, 0):
        score = evaluate(
            "binary", "auc", label[:rows], value[:rows], CLUSTER[:rows], 0.5, 0.5, seed=0
        )
        said = json.loads(json.dumps(score.to_dict(), allow_nan=False))
        assert said["rows"] == rows
        assert said["value"] == (None if rows == 0 else score.value)
        assert said["interval"] == ([None, None] if rows == 0 else list(score.interval))


def test_single_precision_rows_are_judged_in_double(binary):
    label, value = binary[0], binary[1].astype(np.float32)
    single = evaluate("binary", "log_loss", label, value, CLUSTER, 0.5, 0.5, seed=0)
    double = evaluate(
        "binary", "log_loss", label, value.astype(np.float64), CLUSTER, 0.5, 0.5, seed=0
    )
    assert single == double


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": np.array([0.0, np.nan])}, "every label must be a finite number"),
        ({"value": np.array([np.inf, 0.5])}, "every value must be a finite number"),
        ({"label": np.array([0.0, 2.0])}, "must be 0 or 1"),
        ({"metric": "mae"}, "binary is judged by one of auc, average_precision, log_loss"),
        ({"threshold": None}, "binary tasks need a threshold"),
        ({"kind": "amount", "metric": "mae"}, "others none: amount has 0.5"),
    ],
)
def test_what_cannot_be_judged_is_refused(change, message):
    rows = {
        "kind": "binary",
        "metric": "auc",
        "label": np.array([0.0, 1.0]),
        "value": np.array([0.2, 0.4]),
        "cluster": np.arange(2),
        "constant": 0.5,
        "threshold": 0.5,
    }
    with pytest.raises(ValueError, match=message):
        evaluate(**(rows | change), seed=0)
