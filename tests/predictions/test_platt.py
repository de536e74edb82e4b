"""What calibration promises, whatever the logits."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss

from banian.predictions import Platt, fit_platt


def draw_rows(seed, rows=400, slope=0.5, intercept=-1.0):
    generator = np.random.default_rng(seed)
    logit = generator.normal(0.0, 2.0, rows)
    truth = 1 / (1 + np.exp(-(slope * logit + intercept)))
    return logit, (generator.random(rows) < truth).astype(np.float64)


def smooth(label):
    positives, negatives = label.sum(), (1 - label).sum()
    return np.where(label > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))


def test_the_line_is_that_of_logistic_regression_on_smoothed_targets():
    logit, label = draw_rows(0)
    target = smooth(label)
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
        np.concatenate([logit, logit])[:, None],
        np.repeat([1, 0], len(logit)),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    fitted = fit_calibration(logit, label)
    assert fitted.slope == pytest.approx(oracle.coef_[0, 0], rel=1e-5)
    assert fitted.intercept == pytest.approx(oracle.intercept_[0], rel=1e-5)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_optimum_is_reached_whatever_the_scale_of_the_logits(scale):
    logit, label = draw_rows(1)
    fitted = fit_calibration(scale * logit, label)
    residual = fitted.apply(scale * logit) - smooth(label)
    assert residual.mean() == pytest.approx(0.0, abs=1e-8)
    assert (residual * logit).mean() == pytest.approx(0.0, abs=1e-8)


def test_one_outlier_does_not_keep_newton_from_the_optimum():
    logit, label = draw_rows(2)
    logit[0], label[0] = 1e4, 1.0
    fitted = fit_calibration(logit, label)
    residual = fitted.apply(logit) - smooth(label)
    assert residual.mean() == pytest.approx(0.0, abs=1e-8)
    assert (residual * logit).mean() == pytest.approx(0.0, abs=1e-6)


def test_overconfident_logits_are_calmed():
    logit, label = draw_rows(3, rows=4000)
    fitted = fit_calibration(5 * logit, label)
    assert fitted.slope == pytest.approx(0.1, abs=0.02)
    raw = Calibration(slope=1.0, intercept=0.0, threshold=0.5).apply(5 * logit)
    assert log_loss(label, fitted.apply(5 * logit)) < log_loss(label, raw)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_threshold_gives_a_higher_f1(seed):
    logit, label = draw_rows(seed, rows=150, intercept=0.0)
    logit = np.round(logit)  # many ties
    fitted = fit_calibration(logit, label)
    probability = fitted.apply(logit)
    best = max(f1_score(label, probability >= cut) for cut in np.unique(probability))
    assert f1_score(label, probability >= fitted.threshold) == best


def test_the_threshold_keeps_its_distance_from_every_row():
    logit, label = draw_rows(4)
    fitted = fit_calibration(logit, label)
    moved = fitted.apply(logit + 1e-6), fitted.apply(logit - 1e-6)
    assert ((moved[0] >= fitted.threshold) == (moved[1] >= fitted.threshold)).all()


def test_perfect_separation_gives_finite_numbers_and_a_perfect_threshold():
    label = np.repeat([0.0, 1.0], 50)
    logit = np.where(label > 0, 1.0, -1.0)
    fitted = fit_calibration(logit, label)
    np.testing.assert_allclose(fitted.apply(logit), smooth(label), rtol=1e-9)
    assert ((fitted.apply(logit) >= fitted.threshold) == (label > 0)).all()


@pytest.mark.parametrize("positives", [0, 29])
def test_few_rows_of_a_class_give_the_identity(positives):
    label = np.zeros(500)
    label[:positives] = 1.0
    identity = Calibration(slope=1.0, intercept=0.0, threshold=0.5)
    assert fit_calibration(np.linspace(-3, 3, 500), label) == identity
    assert fit_calibration(np.linspace(-3, 3, 500), 1 - label) == identity


def test_thirty_rows_of_each_class_are_enough():
    label = np.repeat([0.0, 1.0], 30)
    assert fit_calibration(np.linspace(-3, 3, 60), label).slope != 1.0


def test_logits_the_wrong_way_round_keep_their_order_and_get_the_right_mean():
    logit, label = draw_rows(5, slope=-0.5)
    fitted = fit_calibration(logit, label)
    assert fitted.slope == 1.0
    assert fitted.apply(logit).mean() == pytest.approx(smooth(label).mean(), abs=1e-9)


def test_equal_logits_get_the_base_rate():
    label = np.repeat([0.0, 0.0, 0.0, 1.0], 50)
    fitted = fit_calibration(np.full(200, 7.25), label)
    assert fitted.apply(np.array([7.25]))[0] == pytest.approx(smooth(label).mean(), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    logit=arrays(np.float64, 64, elements=st.floats(-1e4, 1e4)),
    label=st.permutations([0.0, 1.0] * 32),
)
def test_any_logits_give_numbers_and_keep_their_order(logit, label):
    fitted = fit_calibration(logit, np.array(label))
    assert all(np.isfinite([fitted.slope, fitted.intercept, fitted.threshold]))
    assert fitted.slope > 0
    assert 0 <= fitted.threshold <= 1
    rising = fitted.apply(np.sort(logit))
    assert ((rising >= 0) & (rising <= 1)).all()
    assert (np.diff(rising) >= -1e-15).all()


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_huge_logits_of_either_order_are_survived(sign):
    label = np.repeat([0.0, 1.0, 1.0], 40)
    logit = sign * np.where(label > 0, 1e4, -1e4)
    fitted = fit_calibration(logit, label)
    assert np.isfinite([fitted.slope, fitted.intercept, fitted.threshold]).all()
    assert np.isfinite(fitted.apply(logit)).all()


def test_single_precision_logits_are_computed_in_double():
    logit, label = draw_rows(6)
    single = logit.astype(np.float32)
    assert fit_calibration(single, label) == fit_calibration(single.astype(np.float64), label)


def test_a_calibration_survives_json():
    fitted = fit_calibration(*draw_rows(7))
    assert Calibration.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted
