import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from banian.models.towers import CountTower, TowerLayer

COUNT = st.integers(0, 40).map(float)
ROWS = st.lists(st.tuples(COUNT, COUNT), min_size=2, max_size=12)


def fit(rows: list[tuple[float, float]]) -> CountTower:
    torch.manual_seed(0)
    tower = CountTower(TowerLayer(3, width=4, dropout=0.0)).double()
    label, level = torch.tensor(rows, dtype=torch.float64).T
    tower.fit_prior(label, level)
    return tower


def deviance(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    return 2 * (np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mu), 0) - (y - mu))


@given(rows=ROWS)
def test_loss_is_the_deviance_over_that_of_the_mean(rows):
    tower = fit(rows)
    label, level = torch.tensor(rows, dtype=torch.float64).T
    y, b = label.numpy(), level.numpy() + tower.offset.item()
    f = np.linspace(-2, 3, len(rows))
    unit = deviance(y, np.full(len(y), y.mean())).mean() if y.min() < y.max() else 1
    found = tower.loss(torch.tensor(f).unsqueeze(1), label, level)
    np.testing.assert_allclose(found, deviance(y, b * np.exp(f)) / unit, rtol=1e-9, atol=1e-9)
    value = tower.value(torch.tensor(f).unsqueeze(1), level)[:, 0]
    np.testing.assert_allclose(value, b * np.exp(f), rtol=1e-12)


@given(rows=ROWS)
def test_starts_at_the_total_of_the_labels_or_half_an_event(rows):
    tower = fit(rows)
    label, level = torch.tensor(rows, dtype=torch.float64).T
    at_start = tower.value(tower.head.bias.detach().expand(len(rows), 1), level)
    total = max(label.sum().item(), 0.5)
    assert at_start.sum().item() == pytest.approx(total, abs=1e-9)
    assert tower.constant.item() == pytest.approx(total / len(rows), abs=1e-12)


def test_negative_labels_are_refused_before_anything_changes():
    tower = fit([(3.0, 1.0), (1.0, 2.0)])
    before = {name: value.clone() for name, value in tower.state_dict().items()}
    with pytest.raises(ValueError, match=r"cannot be negative.* go down to -2\b.*an amount"):
        tower.fit_prior(torch.tensor([4.0, -2.0]), torch.tensor([1.0, 1.0]))
    assert all(torch.equal(tower.state_dict()[name], value) for name, value in before.items())


def test_medians_and_ends_are_quantiles_of_the_poisson_distribution():
    torch.manual_seed(0)
    tower = CountTower(TowerLayer(3, width=4, dropout=0.0), reports="median").double()
    tower.fit_prior(*torch.tensor([(3.0, 1.0), (1.0, 2.0), (0.0, 40.0)], dtype=torch.float64).T)
    level = torch.tensor([0.0, 3.0, 50.0, 4000.0, 1e6, 0.0], dtype=torch.float64)
    logits = torch.tensor([-6.0, 0.5, 0.1, -1.0, 2.0, 1.0], dtype=torch.float64).unsqueeze(1)
    said = stats.poisson((level + tower.offset).numpy() * np.exp(logits[:, 0].numpy()))
    np.testing.assert_array_equal(tower.value(logits, level)[:, 0], said.median())
    np.testing.assert_array_equal(tower.interval(logits, level, 0.9).T, said.interval(0.9))
    assert tower.constant == 1
