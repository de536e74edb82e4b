"""The offset of the base is the one under which labels are likeliest, whatever the likelihood."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from banian.predictions import base_of, fit_offset, usual_offset

AMOUNT = st.integers(1, 3000).map(lambda cents: cents / 10)
ROWS = st.lists(st.tuples(AMOUNT, AMOUNT), min_size=3, max_size=12)
SHARES = [1, 1 / 4, 1 / 16, 1 / 64]


def laplace(y: np.ndarray, b: np.ndarray) -> float:
    errors = [np.abs(y - ratio * b) / np.sqrt(b) for ratio in y / b]
    error = min(errors, key=np.sum)
    return float(stats.laplace.logpdf(error, scale=error.mean()).sum() - np.log(np.sqrt(b)).sum())


def normal(y: np.ndarray, b: np.ndarray) -> float:
    error = (y - y.sum() / b.sum() * b) / np.sqrt(b)
    spread = np.sqrt((error**2).mean())
    return float(stats.norm.logpdf(error, scale=spread).sum() - np.log(np.sqrt(b)).sum())


def poisson(y: np.ndarray, b: np.ndarray) -> float:
    return float(stats.poisson.logpmf(y, y.sum() / b.sum() * b).sum())


@pytest.mark.parametrize(
    ("around", "likelihood"), [("median", laplace), ("mean", normal), ("count", poisson)]
)
@given(rows=ROWS)
def test_no_other_offset_makes_the_labels_likelier(around, likelihood, rows):
    y, level = np.array(rows).T
    if around == "count":
        y = np.ceil(y)
    with np.errstate(divide="ignore", invalid="ignore"):
        possible = [likelihood(y, base_of(level, usual_offset(y) * share)) for share in SHARES]
        found = likelihood(y, base_of(level, fit_offset(y, level, around)))
    if np.isfinite(possible).all():  # a perfect fit is infinitely likely
        assert found == pytest.approx(max(possible), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("around", ["mean", "median", "count"])
def test_what_the_level_says_decides(around):
    rng = np.random.default_rng(0)
    level = rng.lognormal(3, 1.5, 4000)
    usual = np.median(level) / 2
    noise = rng.uniform(0.9, 1.1, 4000)
    persistent, unrelated = level * noise, usual * 2 * noise
    assert fit_offset(np.ceil(persistent), level, around) < usual / 8
    assert fit_offset(unrelated, level, around) == usual_offset(unrelated)


@given(rows=ROWS)
def test_without_a_level_the_offset_is_the_usual_one(rows):
    y = np.array(rows)[:, 0]
    for level in (np.zeros(len(y)), -np.ones(len(y))):
        assert fit_offset(y, level, "median") == np.median(y) / 2


def test_labels_that_are_all_zero_have_an_offset_of_one():
    assert fit_offset(np.zeros(3), np.array([1.0, 0.0, 7.0]), "count") == 1


def test_one_mistyped_amount_does_not_carry_the_usual_offset_away():
    assert usual_offset(np.array([10.0, 0.0, 30.0, 20.0])) == 10
    assert usual_offset(np.array([10.0, 0.0, 30.0, 20.0, 1e9])) == 12.5


@given(rows=ROWS, share=st.floats(0.01, 100))
def test_the_unit_of_the_label_changes_nothing(rows, share):
    y, level = np.array(rows).T
    found = fit_offset(y * share, level * share, "median") / share
    assert found == pytest.approx(fit_offset(y, level, "median"), rel=1e-9)
