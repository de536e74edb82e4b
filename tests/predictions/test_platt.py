"""What the line through the log-odds promises, whatever the logits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from banian.predictions import Platt, fit_platt


def fit(logit, label):
    return fit_platt(logit, label, np.arange(len(label)))


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
    fitted = fit(logit, label)
    assert fitted.slope == pytest.approx(oracle.coef_[0, 0], rel=1e-5)
    assert fitted.intercept == pytest.approx(oracle.intercept_[0], rel=1e-5)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_optimum_is_reached_whatever_the_scale_of_the_logits(scale):
    logit, label = draw_rows(1)
    fitted = fit(scale * logit, label)
    residual = fitted.probability(scale * logit) - smooth(label)
    assert residual.mean() == pytest.approx(0.0, abs=1e-8)
    assert (residual * logit).mean() == pytest.approx(0.0, abs=1e-8)


def test_one_outlier_does_not_keep_newton_from_the_optimum():
    logit, label = draw_rows(2)
    logit[0], label[0] = 1e4, 1.0
    fitted = fit(logit, label)
    residual = fitted.probability(logit) - smooth(label)
    assert residual.mean() == pytest.approx(0.0, abs=1e-8)
    assert (residual * logit).mean() == pytest.approx(0.0, abs=1e-6)


def test_overconfident_logits_are_calmed():
    logit, label = draw_rows(3, rows=4000)
    fitted = fit(5 * logit, label)
    assert fitted.slope == pytest.approx(0.1, abs=0.02)
    raw = Platt(slope=1.0, intercept=0.0).probability(5 * logit)
    assert log_loss(label, fitted.probability(5 * logit)) < log_loss(label, raw)


def test_perfect_separation_gives_finite_numbers():
    label = np.repeat([0.0, 1.0], 50)
    logit = np.where(label > 0, 1.0, -1.0)
    fitted = fit(logit, label)
    np.testing.assert_allclose(fitted.probability(logit), smooth(label), rtol=1e-9)


@pytest.mark.parametrize("positives", [0, 29])
def test_few_rows_of_a_class_give_the_identity(positives):
    label = np.zeros(500)
    label[:positives] = 1.0
    identity = Platt(slope=1.0, intercept=0.0)
    assert fit(np.linspace(-3, 3, 500), label) == identity
    assert fit(np.linspace(-3, 3, 500), 1 - label) == identity


def test_thirty_rows_of_each_class_are_enough():
    label = np.repeat([0.0, 1.0], 30)
    assert fit(np.linspace(-3, 3, 60), label).slope != 1.0


def test_logits_the_wrong_way_round_keep_their_order_and_get_the_right_mean():
    logit, label = draw_rows(5, slope=-0.5)
    fitted = fit(logit, label)
    assert fitted.slope == 1.0
    assert fitted.probability(logit).mean() == pytest.approx(smooth(label).mean(), abs=1e-9)


def test_equal_logits_get_the_base_rate():
    label = np.repeat([0.0, 0.0, 0.0, 1.0], 50)
    fitted = fit(np.full(200, 7.25), label)
    assert fitted.probability(np.array([7.25]))[0] == pytest.approx(smooth(label).mean(), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    logit=arrays(np.float64, 64, elements=st.floats(-1e4, 1e4)),
    label=st.permutations([0.0, 1.0] * 32),
)
def test_any_logits_give_numbers_and_keep_their_order(logit, label):
    fitted = fit(logit, np.array(label))
    assert all(np.isfinite([fitted.slope, fitted.intercept]))
    assert fitted.slope > 0
    rising = fitted.probability(np.sort(logit))
    assert ((rising >= 0) & (rising <= 1)).all()
    assert (np.diff(rising) >= -1e-15).all()


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_huge_logits_of_either_order_are_survived(sign):
    label = np.repeat([0.0, 1.0, 1.0], 40)
    logit = sign * np.where(label > 0, 1e4, -1e4)
    fitted = fit(logit, label)
    assert np.isfinite([fitted.slope, fitted.intercept]).all()
    assert np.isfinite(fitted.probability(logit)).all()


def test_single_precision_logits_are_computed_in_double():
    logit, label = draw_rows(6)
    single = logit.astype(np.float32)
    assert fit(single, label) == fit(single.astype(np.float64), label)


def test_intervals_narrow_with_the_rows_and_hold_the_probability():
    widths = []
    for rows in (200, 20_000):
        logit, label = draw_rows(7, rows=rows)
        lower, upper = fit(logit, label).interval(logit, 0.9)
        assert (lower < fit(logit, label).probability(logit)).all()
        assert (upper > fit(logit, label).probability(logit)).all()
        widths.append((upper - lower).mean())
    assert widths[0] / widths[1] == pytest.approx(10, rel=0.2)


def test_rows_of_one_entity_make_intervals_as_wide_as_its_entities_are_few():
    logit, label = draw_rows(8)
    once = fit_platt(logit, label, np.arange(400))
    many = fit_platt(np.tile(logit, 9), np.tile(label, 9), np.tile(np.arange(400), 9))
    lower, upper = once.interval(logit, 0.9)
    again = many.interval(logit, 0.9)
    np.testing.assert_allclose(again[1] - again[0], upper - lower, rtol=0.05)
    careless = fit_platt(np.tile(logit, 9), np.tile(label, 9), np.arange(3600)).interval(logit, 0.9)
    np.testing.assert_allclose(careless[1] - careless[0], (upper - lower) / 3, rtol=0.15)


def test_nine_of_ten_intervals_hold_the_truth():
    held = []
    for seed in range(200):
        logit, label = draw_rows(seed, rows=300)
        lower, upper = fit(logit, label).interval(np.array([0.5]), 0.9)
        held.append(lower[0] <= 1 / (1 + np.exp(0.75)) <= upper[0])
    assert np.mean(held) == pytest.approx(0.9, abs=0.05)


def test_what_is_not_calibrated_has_no_interval():
    assert Platt(slope=1.0, intercept=0.0).interval(np.zeros(2), 0.9) is None
