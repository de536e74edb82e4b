import numpy as np
import pytest
import torch

from banian.models.towers import BinaryTower, TowerLayer

LABEL = torch.tensor([1.0, 0, 0, 1, 0, 0, 0, 0], dtype=torch.float64)
LEVEL = torch.arange(8, dtype=torch.float64)


@pytest.fixture
def tower() -> BinaryTower:
    torch.manual_seed(0)
    tower = BinaryTower(TowerLayer(3, width=4, dropout=0.0))
    tower.fit_prior(LABEL, LEVEL)
    return tower


def test_starts_at_the_log_odds_of_the_base_rate(tower):
    assert tower.constant.item() == 0.25
    assert tower.head.bias.item() == pytest.approx(np.log(1 / 3), abs=1e-6)


def test_loss_is_cross_entropy_over_that_of_the_base_rate(tower):
    logit = np.linspace(-3, 3, 8)
    probability = 1 / (1 + np.exp(-logit))
    y = LABEL.numpy()
    entropy = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    expected = -(y * np.log(probability) + (1 - y) * np.log(1 - probability)) / entropy
    logits = torch.tensor(logit).unsqueeze(1)
    np.testing.assert_allclose(tower.loss(logits, LABEL, LEVEL), expected, rtol=1e-12)
    np.testing.assert_allclose(tower.value(logits, LEVEL)[:, 0], probability, rtol=1e-12)


@pytest.mark.parametrize(("label", "log_odds"), [(0.0, -np.log(19)), (1.0, np.log(19))])
def test_one_class_alone_counts_half_a_row_of_the_other(tower, label, log_odds):
    tower.fit_prior(torch.full((9,), label, dtype=torch.float64), LEVEL.new_zeros(9))
    assert tower.head.bias.item() == pytest.approx(log_odds, abs=1e-6)
