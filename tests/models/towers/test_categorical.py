import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from banian.models.towers import CategoricalTower, TowerLayer

LABEL = torch.tensor([0.0, 2, 2, 1, 0, 2, 3, 2], dtype=torch.float64)
LEVEL = torch.zeros(8, dtype=torch.float64)


@pytest.fixture
def tower() -> CategoricalTower:
    torch.manual_seed(0)
    tower = CategoricalTower(TowerLayer(3, width=4, dropout=0.0), classes=4).double()
    tower.fit_prior(LABEL, LEVEL)
    return tower


def test_starts_at_the_shares_of_the_classes_and_half_a_row_of_those_without_any(tower):
    expected = np.array([2, 1, 4, 1, 0.5]) / 8.5
    np.testing.assert_allclose(tower.constant, expected)
    start = tower.value(tower.head.bias.detach().unsqueeze(0), LEVEL[:1])
    np.testing.assert_allclose(start[0], expected)


def test_loss_is_cross_entropy_over_that_of_the_shares(tower):
    logits = torch.randn(8, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    value = tower.value(logits, LEVEL).numpy()
    np.testing.assert_allclose(value.sum(axis=1), 1)
    label, codes = LABEL.long().numpy(), list(range(5))
    constant = log_loss(label, np.tile(tower.constant, (8, 1)), labels=codes)
    expected = log_loss(label, value, labels=codes) / constant
    assert tower.loss(logits, LABEL, LEVEL).mean().item() == pytest.approx(expected)


def test_ten_thousand_classes_are_learned_like_three():
    torch.manual_seed(0)
    tower = CategoricalTower(TowerLayer(3, width=4, dropout=0.0), classes=10_000)
    label = torch.arange(2_000) * 5.0
    tower.fit_prior(label, torch.zeros(2_000))
    logits = tower(torch.randn(7, 3), torch.zeros(7, dtype=torch.long))
    value = tower.value(logits, torch.zeros(7))
    assert value.shape == (7, 10_001)
    np.testing.assert_allclose(value.sum(dim=1).detach(), 1, rtol=1e-5)
    tower.loss(logits, label[:7], torch.zeros(7)).sum().backward()
    assert tower.head.weight.grad.isfinite().all()
