import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from banian.models.towers import AbstractTower, MeanAmountTower, MedianAmountTower, TowerLayer
from banian.predictions import fit_offset

AMOUNT = st.integers(-300, 3000).map(lambda cents: cents / 10)
ROWS = st.lists(st.tuples(AMOUNT, AMOUNT), min_size=2, max_size=12)


def fit(kind: type[AbstractTower], rows: list[tuple[float, float]]) -> AbstractTower:
    torch.manual_seed(0)
    tower = kind(TowerLayer(3, width=4, dropout=0.0)).double()
    label, level = torch.tensor(rows, dtype=torch.float64).T
    tower.fit_prior(label, level)
    return tower


def base_of(rows: list[tuple[float, float]], tower: AbstractTower) -> tuple[np.ndarray, np.ndarray]:
    y, level = np.array(rows).T
    return y, np.maximum(level, 0) + tower.offset.item()


def absolute(y: np.ndarray, b: np.ndarray, f: np.ndarray | float) -> np.ndarray:
    return np.sqrt(b) * np.abs(y / b - f)


def squared(y: np.ndarray, b: np.ndarray, f: np.ndarray | float) -> np.ndarray:
    return b * (y / b - f) ** 2


CASES = [
    pytest.param(MedianAmountTower, absolute, np.median, id="median"),
    pytest.param(MeanAmountTower, squared, np.mean, id="mean"),
]


@pytest.mark.parametrize(("kind", "error", "best"), CASES)
@given(rows=ROWS)
def test_loss_is_the_weighted_error_of_the_ratio_over_the_constants(kind, error, best, rows):
    tower = fit(kind, rows)
    y, b = base_of(rows, tower)
    label, level = torch.tensor(rows, dtype=torch.float64).T
    f = np.linspace(-2, 3, len(rows))
    unit = error(y, b, best(y) / b).mean() if y.min() < y.max() else 1
    np.testing.assert_allclose(tower.constant, best(y), rtol=1e-9, atol=1e-9)
    found = tower.loss(torch.tensor(f).unsqueeze(1), label, level)
    np.testing.assert_allclose(found, error(y, b, f) / unit, rtol=1e-9, atol=1e-9)
    value = tower.value(torch.tensor(f).unsqueeze(1), level)[:, 0]
    np.testing.assert_allclose(value, b * f, rtol=1e-12)


@given(rows=ROWS)
def test_the_median_starts_where_no_ratio_has_a_smaller_error(rows):
    tower = fit(MedianAmountTower, rows)
    y, b = base_of(rows, tower)
    least = min(absolute(y, b, candidate).sum() for candidate in y / b)
    assert absolute(y, b, tower.head.bias.item()).sum() == pytest.approx(least, abs=1e-9)


@given(rows=ROWS)
def test_the_mean_starts_at_the_total_of_the_labels(rows):
    tower = fit(MeanAmountTower, rows)
    y, b = base_of(rows, tower)
    assert (b * tower.head.bias.item()).sum() == pytest.approx(y.sum(), abs=1e-8)


@pytest.mark.parametrize(
    ("kind", "around"), [(MedianAmountTower, "median"), (MeanAmountTower, "mean")]
)
@given(rows=ROWS)
def test_the_offset_is_the_one_that_fits_what_is_reported(kind, around, rows):
    y, level = np.array(rows).T
    assert fit(kind, rows).offset.item() == fit_offset(y, level, around)
