"""What a binary task's calibration promises."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from banian.predictions import BinaryCalibration, Isotonic, Platt, fit_binary

NOBODY = np.zeros(0)


def draw_rows(seed, rows=400, slope=0.5, intercept=-1.0):
    generator = np.random.default_rng(seed)
    logit = generator.normal(0.0, 2.0, rows)
    truth = 1 / (1 + np.exp(-(slope * logit + intercept)))
    return logit, (generator.random(rows) < truth).astype(np.float64)


def said(logit):
    return (1 / (1 + np.exp(-logit)))[:, None]


def fit(logit, label, cluster=None):
    return fit_binary(said(logit), label, np.arange(len(label)) if cluster is None else cluster)


def answer(fitted, logit):
    return fitted.apply(said(logit), np.zeros(len(logit)))


def bent(seed, rows=6000):
    """Certain scores that come true no more often than middling ones: no line can say that."""
    generator = np.random.default_rng(seed)
    logit = generator.normal(0.0, 2.0, rows)
    truth = np.where(np.abs(logit) < 1, 0.5 + 0.35 * logit, np.where(logit > 0, 0.85, 0.15))
    return logit, (generator.random(rows) < truth).astype(np.float64)


@pytest.mark.parametrize("seed", range(3))
def test_a_line_is_kept_where_the_truth_is_a_line(seed):
    assert isinstance(fit(*draw_rows(seed, rows=4000)).curve, Platt)


def test_a_curve_is_taken_where_no_line_fits_and_there_are_rows_enough():
    logit, label = bent(0)
    assert isinstance(fit(logit, label).curve, Isotonic)
    assert isinstance(fit(logit[:300], label[:300]).curve, Platt)


def test_rows_of_few_entities_do_not_choose_a_curve():
    logit, label = bent(0)
    assert isinstance(fit(logit, label, np.arange(6000) % 50).curve, Platt)


@pytest.mark.parametrize("rows", [draw_rows, bent])
def test_an_interval_holds_its_probability_and_the_order_of_scores_is_kept(rows):
    logit, label = rows(1)
    found = answer(fit(logit, label), np.sort(logit))
    assert (np.diff(found.value) > 0).all()
    assert (found.lower <= found.value).all()
    assert (found.value <= found.upper).all()
    assert found.lower.min() >= 0
    assert found.upper.max() <= 1


@pytest.mark.parametrize("seed", range(5))
def test_no_other_threshold_gives_a_higher_f1(seed):
    logit, label = draw_rows(seed, rows=150, intercept=0.0)
    logit = np.round(logit)  # many ties
    fitted = fit(logit, label)
    probability = answer(fitted, logit).value
    best = max(f1_score(label, probability >= cut) for cut in np.unique(probability))
    assert f1_score(label, probability >= fitted.threshold) == best


def test_the_threshold_keeps_its_distance_from_every_row():
    logit, label = draw_rows(4)
    fitted = fit(logit, label)
    up, down = (answer(fitted, logit + by).value >= fitted.threshold for by in (1e-6, -1e-6))
    assert (up == down).all()


def test_few_rows_leave_everything_as_it_was():
    logit, label = draw_rows(5, rows=40)
    fitted = fit(logit, label)
    assert fitted == BinaryCalibration(Platt(1.0, 0.0), threshold=0.5)
    assert fit(NOBODY, NOBODY) == fitted
    found = answer(fitted, logit)
    np.testing.assert_allclose(found.value, said(logit)[:, 0])
    assert found.lower is found.upper is found.weights is None
