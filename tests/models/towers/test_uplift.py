"""What comes of each arm, against the losses of the arms apart."""

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from banian.models.towers import TowerLayer, UpliftTower

ARM = torch.tensor([0.0, 1, 2, 0, 1, 2, 0, 1], dtype=torch.float64)
CAME = torch.tensor([0.0, 1, 1, 1, 0, 1, 0, 0], dtype=torch.float64)
AMOUNT = torch.tensor([0.0, 12, 3, 8, 0, 40, 5, 1], dtype=torch.float64)
LEVEL = torch.tensor([0.0, 2, 30, 0, 7, 11, 0, 5], dtype=torch.float64)


def fit(outcome, first):
    torch.manual_seed(0)
    tower = UpliftTower(TowerLayer(3, width=4, dropout=0.0), arms=3, outcome=outcome).double()
    tower.fit_prior(torch.stack([first, ARM], dim=1), LEVEL)
    return tower


@pytest.fixture
def logits():
    return torch.randn(8, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def means(first):
    return [first[arm == ARM].mean().item() for arm in range(3)]


def test_yes_or_no_is_learned_by_the_cross_entropy_of_the_arm_that_a_row_was_in(logits):
    tower = fit("truth", CAME)
    shown = logits.numpy()
    of_arms = np.stack([shown[:, 0], shown[:, 0] + shown[:, 1], shown[:, 0] + shown[:, 2]], axis=1)
    probability = 1 / (1 + np.exp(-of_arms))
    here = probability[np.arange(8), ARM.long().numpy()]
    constant = tower.constant.numpy()
    np.testing.assert_allclose(constant, np.clip(means(CAME), 0, 0.5 / 3 + 2 / 3))
    expected = log_loss(CAME, here) / log_loss(CAME, constant[ARM.long().numpy()])
    found = tower.loss(logits, torch.stack([CAME, ARM], dim=1), LEVEL)
    assert found.mean().item() == pytest.approx(expected)
    np.testing.assert_allclose(tower.value(logits, LEVEL), probability)


def test_numbers_are_learned_by_the_weighted_squared_error_of_the_arm_that_a_row_was_in(logits):
    tower = fit("number", AMOUNT)
    base = LEVEL.numpy() + tower.offset.item()
    value = tower.value(logits, LEVEL).numpy()
    shown = logits.numpy()
    np.testing.assert_allclose(value[:, 0], base * shown[:, 0])
    np.testing.assert_allclose(value[:, 2], base * (shown[:, 0] + shown[:, 2]))

    def loss(said):
        return (np.square(AMOUNT.numpy() - said[np.arange(8), ARM.long().numpy()]) / base).mean()

    np.testing.assert_allclose(tower.constant, means(AMOUNT))
    expected = loss(value) / loss(np.tile(tower.constant, (8, 1)))
    found = tower.loss(logits, torch.stack([AMOUNT, ARM], dim=1), LEVEL).mean().item()
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("outcome", "first"), [("truth", CAME), ("number", AMOUNT)])
def test_a_row_tells_nothing_of_the_arms_that_it_was_not_in(outcome, first, logits):
    tower = fit(outcome, first)
    logits.requires_grad_()
    tower.loss(logits, torch.stack([first, ARM], dim=1), LEVEL).sum().backward()
    touched = logits.grad != 0
    expected = torch.stack([torch.ones(8, dtype=torch.bool), ARM == 1, ARM == 2], dim=1)
    assert torch.equal(touched, expected)


def test_an_arm_without_rows_starts_at_the_mean_of_all():
    tower = fit("number", AMOUNT)
    label = torch.stack([AMOUNT, (ARM > 0).double()], dim=1)  # nobody in the third
    tower.fit_prior(label, LEVEL)
    assert tower.constant[2] == AMOUNT.mean()
    assert tower.head.bias.isfinite().all()
