import numpy as np
import pytest
import torch

from banian.spec import GradNormSpec

ROWS = torch.tensor([[1.0, 0, 0, 2, 0], [-0.5, 1, 0, 0, 0], [0.0, 0, 3, 0, 1]]).double()


def learn_by_hand(losses, *, alpha, updates):
    """Equation 2 and algorithm 1, with the slope found by differentiating the norms themselves."""
    weight = torch.ones(3, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([weight], lr=0.025)
    seen = []
    for _ in range(updates):
        seen.append(weight.detach().clone())
        norms = (weight[:, None] * ROWS).norm(dim=1)
        rate = losses / losses.mean()  # of 1, the loss at the start
        target = (norms.mean() * rate**alpha).detach()
        adam.zero_grad()
        (norms - target).abs().sum().backward()
        adam.step()
        with torch.no_grad():
            weight *= 3 / weight.sum()
    return torch.stack(seen)


@pytest.mark.parametrize("alpha", [0.0, 1.5])
def test_learns_the_weights_of_the_equation(alpha, open_shop):
    shop = open_shop(ROWS, height=torch.tensor([0.5, 1.0, 1.5]).double())
    balance = shop.build(GradNormSpec(alpha=alpha))
    found = torch.stack([shop.update(balance).weight for _ in range(12)])
    expected = learn_by_hand(shop.height, alpha=alpha, updates=12)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    np.testing.assert_allclose(shop.gradient, found[-1] @ ROWS / 3, rtol=1e-6)
    assert np.ptp(found[-1].numpy()) > 0.1


def test_without_a_pull_all_gradients_come_to_the_same_norm(open_shop):
    shop = open_shop(ROWS)
    balance = shop.build(GradNormSpec(alpha=0.0))
    for _ in range(120):
        weight = shop.update(balance).weight
    norms = (weight[:, None] * ROWS).norm(dim=1)
    np.testing.assert_allclose(norms / norms.mean(), 1, atol=0.1)


def test_a_task_that_lags_behind_is_pulled(open_shop):
    height = torch.tensor([0.5, 1.0, 1.5]).double()
    weights = []
    for alpha in (0.0, 1.5):
        shop = open_shop(torch.eye(3, 5), height=height)
        balance = shop.build(GradNormSpec(alpha=alpha))
        weights.append([shop.update(balance).weight for _ in range(60)][-1])
    np.testing.assert_allclose(weights[0], 1, atol=1e-6)
    assert weights[1][0] < weights[1][1] < weights[1][2]


def test_the_weights_sum_to_the_number_of_tasks_whoever_is_there(open_shop, draw_gradients):
    generator = np.random.default_rng(0)
    shop = open_shop(draw_gradients(4))
    balance = shop.build(GradNormSpec())
    for _ in range(80):
        shop.share = torch.tensor(generator.integers(0, 2, 4)).double()
        shop.share[generator.integers(4)] = 1.0
        weight = shop.update(balance).weight
        assert (weight > 0).all()
        assert weight.sum().item() == pytest.approx(4, abs=1e-5)
    assert weight.std() > 0.05
