import numpy as np
import pytest
import torch
from scipy import optimize, stats

from banian.models.towers import NegativeBinomialTower, TowerLayer

LABEL = torch.tensor([0.0, 3, 0, 17, 1, 0, 6, 2], dtype=torch.float64)
LEVEL = torch.tensor([0.0, 2, 1, 20, 0, 4, 9, 0], dtype=torch.float64)
LOGITS = torch.stack([torch.linspace(-1, 2, 8), torch.linspace(-6, 3, 8)], dim=1).double()


def fit(reports: str = "mean") -> NegativeBinomialTower:
    torch.manual_seed(0)
    tower = NegativeBinomialTower(TowerLayer(3, width=4, dropout=0.0), reports=reports).double()
    tower.fit_prior(LABEL, LEVEL)
    return tower


def distribution(rate: np.ndarray, dispersion: np.ndarray | float) -> stats.rv_discrete:
    return stats.nbinom(1 / dispersion, 1 / (1 + dispersion * rate))


def predicted(tower: NegativeBinomialTower, level: torch.Tensor = LEVEL) -> stats.rv_discrete:
    base = level.numpy() + tower.offset.item()
    return distribution(base * np.exp(LOGITS[:, 0].numpy()), np.exp(LOGITS[:, 1].numpy()))


def test_loss_is_the_missing_log_likelihood_over_that_of_the_constant_predictor():
    tower, y = fit(), LABEL.numpy()

    def surprise(log_dispersion: float) -> float:
        return -distribution(np.full(8, y.mean()), np.exp(log_dispersion)).logpmf(y).mean()

    found = optimize.minimize_scalar(surprise, bounds=(-7, 5), method="bounded")
    assert tower.dispersion.item() == pytest.approx(np.exp(found.x), rel=1e-4)
    alpha = tower.dispersion.item()
    known = distribution(np.maximum(y, 1e-12), alpha).logpmf(y)
    constant = 2 * (known - distribution(np.full(8, y.mean()), alpha).logpmf(y)).mean()
    expected = 2 * (known - predicted(tower).logpmf(y)) / constant
    np.testing.assert_allclose(tower.loss(LOGITS, LABEL, LEVEL), expected, rtol=1e-8)


def test_values_are_means_or_medians():
    mean, median = (
        fit(reports).value(LOGITS, LEVEL)[:, 0].numpy() for reports in ("mean", "median")
    )
    said = predicted(fit())
    np.testing.assert_allclose(mean, said.mean(), rtol=1e-10)
    np.testing.assert_array_equal(median, said.median())


def test_ends_are_the_quantiles_counted_out():
    found = fit().interval(LOGITS, LEVEL, 0.9)
    np.testing.assert_array_equal(found.T, predicted(fit()).interval(0.9))


def test_ends_of_thousands_are_close_to_the_quantiles():
    level = LEVEL * 0 + 3000.0
    tower = fit()
    found, said = tower.interval(LOGITS, level, 0.9).numpy(), predicted(tower, level)
    for end, rank in zip(found.T, (0.05, 0.95), strict=True):
        shares = np.array([said.cdf(end), said.cdf(end - 1)])
        missed = np.maximum(shares.min(axis=0) - rank, rank - shares.max(axis=0))
        assert missed.max() < 0.002


def test_hardly_dispersed_counts_lose_what_poisson_counts_lose():
    tower = fit()
    rate, y = np.exp(LOGITS[:, 0].numpy()) * (LEVEL.numpy() + tower.offset.item()), LABEL.numpy()
    narrow = torch.stack([LOGITS[:, 0], torch.full((8,), -50.0, dtype=torch.float64)], dim=1)
    missing = tower.loss(narrow, LABEL, LEVEL) * tower.unit / 2
    known = distribution(np.maximum(y, 1e-12), tower.dispersion.item()).logpmf(y)
    np.testing.assert_allclose(known - missing.numpy(), stats.poisson(rate).logpmf(y), rtol=0.02)
