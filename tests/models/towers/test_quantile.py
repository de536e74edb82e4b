import numpy as np
import pytest
import torch
from sklearn.metrics import mean_pinball_loss

from banian.models.towers import QuantileTower, TowerLayer

LABEL = torch.tensor([3.0, -1.0, 8.0, 0.5, 4.0, 4.5, 90.0, 7.0], dtype=torch.float64)
LEVEL = torch.tensor([0.0, 2.0, 30.0, -4.0, 7.0, 0.0, 11.0, 5.0], dtype=torch.float64)


@pytest.fixture(params=[0.1, 0.5, 0.9])
def tower(request) -> QuantileTower:
    torch.manual_seed(0)
    tower = QuantileTower(TowerLayer(3, width=4, dropout=0.0), rank=request.param).double()
    tower.fit_prior(LABEL, LEVEL)
    return tower


def weighted_pinball(tower: QuantileTower, said: np.ndarray) -> float:
    base = np.maximum(LEVEL.numpy(), 0) + tower.offset.item()
    return mean_pinball_loss(LABEL, said, alpha=tower.rank, sample_weight=base**-0.5) * np.mean(
        base**-0.5
    )


def test_loss_is_the_weighted_pinball_loss_over_the_constants(tower):
    logits = torch.linspace(-1, 3, 8, dtype=torch.float64).unsqueeze(1)
    value = tower.value(logits, LEVEL)[:, 0].numpy()
    constant = np.full(8, tower.constant.item())
    expected = weighted_pinball(tower, value) / weighted_pinball(tower, constant)
    assert tower.loss(logits, LABEL, LEVEL).mean().item() == pytest.approx(expected)


def test_the_constant_is_the_quantile_of_the_labels(tower):
    found = tower.constant.item()
    assert (LABEL.numpy() < found).mean() <= tower.rank <= (LABEL.numpy() <= found).mean()
