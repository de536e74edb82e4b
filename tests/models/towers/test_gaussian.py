import numpy as np
import pytest
import torch
from scipy import stats

from banian.models.towers import GaussianTower, TowerLayer

LABEL = torch.tensor([3.0, -1.0, 8.0, 0.5, 4.0, 4.5], dtype=torch.float64)
LEVEL = torch.tensor([0.0, 2.0, 30.0, -4.0, 7.0, 0.0], dtype=torch.float64)
LOGITS = torch.linspace(-1.5, 1.5, 12, dtype=torch.float64).reshape(6, 2)


@pytest.fixture
def tower() -> GaussianTower:
    torch.manual_seed(0)
    tower = GaussianTower(TowerLayer(3, width=4, dropout=0.0)).double()
    tower.fit_prior(LABEL, LEVEL)
    return tower


def predicted(tower: GaussianTower) -> stats.rv_continuous:
    base = np.maximum(LEVEL.numpy(), 0) + tower.offset.item()
    spread = np.sqrt(base * tower.offset.item()) * np.exp(LOGITS[:, 1].numpy())
    return stats.norm(base * LOGITS[:, 0].numpy(), spread)


def test_loss_is_the_missing_log_likelihood_over_that_of_the_constant_predictor(tower):
    y = LABEL.numpy()
    best = stats.norm(y, y.std()).logpdf(y)
    constant = 2 * (best - stats.norm(y.mean(), y.std()).logpdf(y)).mean()
    expected = 2 * (best - predicted(tower).logpdf(y)) / constant
    np.testing.assert_allclose(tower.loss(LOGITS, LABEL, LEVEL), expected, rtol=1e-10)


def test_values_and_intervals_are_the_mean_and_the_quantiles_of_the_predicted_distribution(tower):
    said = predicted(tower)
    np.testing.assert_allclose(tower.value(LOGITS, LEVEL)[:, 0], said.mean(), rtol=1e-12)
    found = tower.interval(LOGITS, LEVEL, 0.8)
    np.testing.assert_allclose(found.T, said.interval(0.8), rtol=1e-10)
