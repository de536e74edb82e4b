"""Temperatures, against a search over all of them."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from banian.predictions import fit_temperature, sharpen


def draw(seed, rows=500, boldness=1.0):
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 2, (rows, 4))
    truth = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    code = (truth.cumsum(axis=1) < generator.random((rows, 1))).sum(axis=1)
    said = np.exp(boldness * logits)
    return said / said.sum(axis=1, keepdims=True), code


@pytest.mark.parametrize("boldness", [0.3, 1.0, 4.0])
def test_no_other_temperature_has_less_log_loss(boldness):
    probability, code = draw(0, boldness=boldness)

    def loss(logarithm):
        return log_loss(code, sharpen(probability, np.exp(logarithm)), labels=range(4))

    best = minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-9})
    found = fit_temperature(probability, code)
    assert np.log(found) == pytest.approx(best.x, abs=1e-4)
    assert found == pytest.approx(boldness, rel=0.25)


def test_classes_keep_their_order_and_sum_to_one():
    probability, _ = draw(1)
    for temperature in (0.1, 3.0):
        found = sharpen(probability, temperature)
        np.testing.assert_allclose(found.sum(axis=1), 1)
        assert (found.argmax(axis=1) == probability.argmax(axis=1)).all()


def test_few_rows_leave_probabilities_as_they_are():
    probability, code = draw(2, rows=29, boldness=5.0)
    assert fit_temperature(probability, code) == 1.0


def test_certain_and_always_right_or_wrong_ends_at_a_limit():
    sure = np.tile([[1.0, 0.0]], (50, 1))
    assert fit_temperature(sure, np.zeros(50, np.int64)) == pytest.approx(1 / 20, rel=1e-6)
    assert fit_temperature(sure, np.ones(50, np.int64)) == pytest.approx(20, rel=1e-6)


def test_of_very_many_rows_and_classes_some_are_enough(monkeypatch):
    probability, code = draw(3, rows=4000, boldness=2.0)
    whole = fit_temperature(probability, code)
    monkeypatch.setattr("banian.predictions.calibration._MOST_NUMBERS", 8000)
    assert fit_temperature(probability, code) == pytest.approx(whole, rel=0.1)
