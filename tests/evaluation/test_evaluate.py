"""What evaluation says about a task."""

import json
import math

import numpy as np
import pytest
from sklearn import metrics

from banian.evaluation import (
    bootstrap_interval,
    evaluate,
    kappa,
    outcome_of_classes,
    outcome_of_effects,
    outcome_of_grades,
    outcome_of_numbers,
    outcome_of_quantiles,
    outcome_of_rankings,
    outcome_of_truths,
    paired_interval,
)
from banian.predictions import Answer
from banian.spec import METRICS

CLUSTER = np.repeat(np.arange(60), 3)


def judge(kind, metric, label, value, cluster, constant, threshold=0.5, *, seed=0, **ends):
    """Judge numbers or truths beside a constant."""
    same = np.full(len(label), float(constant))
    if kind == "binary":
        said, alike = (outcome_of_truths(label, Answer(one), threshold) for one in (value, same))
    else:
        said, alike = (outcome_of_numbers(label, Answer(one, **ends)) for one in (value, same))
    return evaluate(kind, metric, said, alike, cluster, seed=seed)


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
    score = judge("binary", "auc", label, value, CLUSTER, label.mean(), 0.4, seed=0)
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
    score = judge("count", "mae", label, value, CLUSTER, 2.0, seed=0)
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
    score = judge("amount", "rmse", label, value, CLUSTER, 2.0, seed=0)
    assert list(score.metrics) == ["mae", "rmse"]
    assert score.value == score.metrics["rmse"]


@pytest.mark.parametrize(
    ("kind", "metric"),
    [("binary", "auc"), ("amount", "mae"), ("count", "deviance")],
)
def test_the_headline_and_its_intervals_are_those_of_the_metric(kind, metric, binary, count):
    label, value = binary if kind == "binary" else count
    score = judge(kind, metric, label, value, CLUSTER, 0.5, seed=3)
    same = np.full(180, 0.5)
    lower, upper = paired_interval(metric, label, value, same, CLUSTER, seed=3)
    assert score.value == score.metrics[metric]
    assert score.interval == bootstrap_interval(metric, label, value, CLUSTER, seed=3)
    assert score.interval[0] < score.value < score.interval[1]
    assert score.better == (lower > 0 if metric == "auc" else upper < 0)


@pytest.mark.parametrize(("metric", "constant"), [("auc", 0.5), ("average_precision", 0.25)])
def test_ranking_metrics_of_a_constant_do_not_depend_on_it(metric, constant):
    label = np.tile([0.0, 0.0, 0.0, 1.0], 20)
    score = judge("binary", metric, label, label, np.arange(80), 0.9, 0.5, seed=0)
    assert score.constant == constant


def test_a_constant_is_judged_like_any_prediction(count):
    label, value = count
    score = judge("amount", "mae", label, value, CLUSTER, 2.0, seed=0)
    assert score.constant == pytest.approx(np.abs(label - 2.0).mean())


@pytest.mark.parametrize("metric", ["auc", "log_loss"])
def test_a_good_model_is_better_and_a_bad_or_equal_one_is_not(metric, binary):
    label, value = binary
    base = float(label.mean())
    for said, better in ((value, True), (1 - value, False), (np.full(180, base), False)):
        score = judge("binary", metric, label, said, CLUSTER, base, 0.5, seed=0)
        assert score.better is better


def test_no_rows_are_undefined_rather_than_a_crash():
    none, nobody = np.zeros(0), np.zeros(0, dtype=np.int64)
    for kind in ("binary", "amount", "count"):
        score = judge(kind, METRICS[kind][0], none, none, nobody, 0.5, seed=0)
        assert (score.rows, score.better) == (0, None)
        assert np.isnan([score.value, *score.interval, score.constant]).all()
        assert np.isnan(list(score.metrics.values())).all()


def test_one_class_leaves_the_defined_metrics_defined():
    label, value = np.zeros(6), np.linspace(0.1, 0.4, 6)
    score = judge("binary", "auc", label, value, np.arange(6), 0.2, 0.5, seed=0)
    assert math.isnan(score.value)
    assert score.better is None
    assert score.positives == 0
    assert score.metrics["log_loss"] == pytest.approx(-np.log(1 - value).mean())


def test_a_score_is_json_without_nan(binary):
    label, value = binary
    for rows in (180, 0):
        score = judge("binary", "auc", label[:rows], value[:rows], CLUSTER[:rows], 0.5, 0.5, seed=0)
        said = json.loads(json.dumps(score.to_dict(), allow_nan=False))
        assert said["rows"] == rows
        assert said["value"] == (None if rows == 0 else score.value)
        assert said["interval"] == ([None, None] if rows == 0 else list(score.interval))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": np.array([0.0, np.nan])}, "every label must be a finite number"),
        ({"value": np.array([np.inf, 0.5])}, "every value must be a finite number"),
        ({"label": np.array([0.0, 2.0])}, "must be 0 or 1"),
        ({"metric": "mae"}, "binary is judged by one of auc, average_precision, log_loss"),
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
    }
    with pytest.raises(ValueError, match=message):
        judge(**(rows | change), seed=0)


def test_the_share_of_labels_inside_their_intervals_is_told(count):
    label, value = count
    ends = {"lower": value - 1, "upper": value + 1}
    score = judge("count", "mae", label, value, CLUSTER, 2.0, **ends)
    assert score.coverage == np.mean(np.abs(label - value) <= 1)
    assert judge("count", "mae", label, value, CLUSTER, 2.0).coverage is None
    assert score.to_dict()["coverage"] == score.coverage


@pytest.fixture
def classes():
    generator = np.random.default_rng(2)
    probability = generator.dirichlet([1.0, 2.0, 1.5, 0.2], size=180)
    code = (probability.cumsum(axis=1) < generator.random((180, 1))).sum(axis=1)
    return code.astype(np.float64), probability


def test_classes_are_judged_by_all_their_metrics(classes):
    code, probability = classes
    share = np.bincount(code.astype(int)) / 180
    said, same = (outcome_of_classes(code, one) for one in (probability, np.tile(share, (180, 1))))
    score = evaluate("multiclass", "log_loss", said, same, CLUSTER, seed=0)
    choice = probability[:, :3].argmax(axis=1)  # the last is that of unknown classes
    assert score.metrics == pytest.approx(
        {
            "log_loss": metrics.log_loss(code, probability),
            "accuracy": metrics.accuracy_score(code, choice),
            "macro_f1": metrics.f1_score(code, choice, average="macro"),
            "expected_calibration_error": score.metrics["expected_calibration_error"],
        }
    )
    assert score.constant == pytest.approx(-(share * np.log(share)).sum())
    assert score.better is True
    assert 0 < score.metrics["expected_calibration_error"] < 0.2


def test_grades_are_judged_by_all_their_metrics(classes):
    place, probability = classes
    grades = np.array([1.0, 2.0, 3.0, 5.0])
    label, median = grades[place.astype(int)], grades[probability.argmax(axis=1)]
    answer = Answer(median, lower=median, upper=median + 1, weights=probability)
    same = Answer(np.full(180, 2.0), weights=np.tile(probability.mean(axis=0), (180, 1)))
    said, alike = (outcome_of_grades(label, one, grades) for one in (answer, same))
    score = evaluate("ordinal", "ranked_probability", said, alike, CLUSTER, seed=0)
    reached = probability.cumsum(axis=1)[:, :3]
    known = label[:, None] <= grades[:3]
    assert score.value == pytest.approx(np.square(reached - known).sum(axis=1).mean())
    assert score.metrics["mae"] == metrics.mean_absolute_error(label, median)
    assert score.metrics["kappa"] == pytest.approx(kappa(label, median, np.ones(180)))
    assert score.coverage == np.mean((median <= label) & (label <= median + 1))
    assert score.better is True


def test_a_grade_without_probabilities_is_taken_for_certain():
    grades = np.array([1.0, 2.0, 4.0])
    said = outcome_of_grades(np.array([2.0, 4.0]), Answer(np.array([2.4, 2.4])), grades)
    assert said.readings["ranked_probability"][1].tolist() == [0.0, 1.0]
    assert said.readings["kappa"][1].tolist() == [2.0, 2.0]
    assert said.confidence is None


def test_a_quantile_is_judged_by_its_pinball_loss(count):
    label, value = count
    said, same = (
        outcome_of_quantiles(label, Answer(one), 0.9) for one in (value, np.full(180, 4.0))
    )
    score = evaluate("quantile", "pinball", said, same, CLUSTER, seed=0)
    assert score.value == pytest.approx(metrics.mean_pinball_loss(label, value, alpha=0.9))


def test_rankings_are_judged_against_the_most_popular_items():
    generator = np.random.default_rng(3)
    wanted = generator.integers(0, 6, (180, 1))
    weights = np.eye(7)[wanted[:, 0]] + generator.random((180, 7)) * 1.2
    count = np.ones(180)
    popular = np.tile(np.bincount(wanted[:, 0], minlength=7) / 180, (180, 1))
    said, same = (outcome_of_rankings(wanted, count, one, 3) for one in (weights, popular))
    score = evaluate("ranking", "ndcg", said, same, CLUSTER, seed=0)
    relevance = (np.arange(6) == wanted).astype(float)
    assert score.value == pytest.approx(metrics.ndcg_score(relevance, weights[:, :6], k=3))
    assert score.metrics["recall"] == pytest.approx(
        metrics.top_k_accuracy_score(wanted[:, 0], weights[:, :6], k=3, labels=range(6))
    )
    assert score.better is True


def test_effects_are_judged_against_treating_anyone():
    generator = np.random.default_rng(4)
    gain = generator.uniform(-0.3, 0.5, 1200)
    arm = generator.integers(0, 2, 1200)
    label = (generator.random(1200) < 0.3 + gain * arm).astype(np.float64)
    weights = np.stack([gain, np.zeros(1200)], axis=1)
    said, same = (outcome_of_effects(label, arm, one) for one in (weights, 0 * weights))
    score = evaluate("uplift", "qini", said, same, np.arange(1200), seed=0)
    assert score.value > 0.03
    assert score.constant == 0
    assert score.better is True


def test_the_constant_is_judged_by_the_same_metrics(binary, count):
    label, value = count
    score = judge("count", "deviance", label, value, CLUSTER, 2.0)
    assert score.constants.keys() == score.metrics.keys()
    assert score.constants["mae"] == pytest.approx(np.abs(label - 2.0).mean())
    assert score.constants["deviance"] == score.constant


def test_a_quantile_says_how_many_labels_lie_below_it(count):
    label, value = count
    said = outcome_of_quantiles(label, Answer(value), 0.7)
    score = evaluate("quantile", "pinball", said, said, CLUSTER, seed=0)
    assert (score.quantile, score.below) == (0.7, np.mean(label <= value))
    assert (score.coverage, score.to_dict()["coverage_promised"]) == (None, None)
    inside = outcome_of_quantiles(label, Answer(value, lower=value - 1, upper=value + 1), 0.7)
    told = evaluate("quantile", "pinball", inside, inside, CLUSTER, seed=0).to_dict()
    assert told["coverage"] == np.mean(np.abs(label - value) <= 1)
    assert (told["coverage_promised"], told["quantile"]) == (0.9, 0.7)


def test_a_list_hits_where_at_least_one_item_is_right():
    items, weights = np.array([[0, 1], [2, -1], [9, -1]]), np.tile([0.5, 0.3, 0.1, 0.1], (3, 1))
    said = outcome_of_rankings(items, np.array([2.0, 1.0, 1.0]), weights, 2)
    score = evaluate("ranking", "ndcg", said, said, np.arange(3), seed=0)
    assert score.metrics["hit_rate"] == pytest.approx(1 / 3)
