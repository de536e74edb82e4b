"""Weights of losses, against the equations of their papers and, where it has them, against torchjd."""

import numpy as np
import pytest
import torch
from torchjd import scalarization

from banian.balancing.adam import TaskAdam
from banian.spec import (
    DWASpec,
    EqualSpec,
    FAMOSpec,
    FixedSpec,
    ImportanceSpec,
    RLWSpec,
    UncertaintySpec,
)

ROWS = [[1.0, 0, 0, 2, 0], [-0.5, 1, 0, 0, 0], [0.0, 0, 3, 0, 1]]
LOSSES = np.random.default_rng(0).uniform(0.2, 3.0, (9, 3))


class Script:
    """What a balance did that was shown these losses, one row per update."""

    def __init__(self, shop, spec, losses=LOSSES, share=None, **options):
        balance, weights = shop.build(spec, **options), []
        self.gradients = []
        for at, row in enumerate(torch.as_tensor(losses)):
            shop.height = row
            if share is not None:
                shop.share = torch.tensor(share[at]).double()
            weights.append(shop.update(balance).weight)
            self.gradients.append(shop.gradient)
        self.weights = torch.stack(weights)


@pytest.fixture
def shop(open_shop):
    return open_shop(ROWS)


def weighted(weights):
    """The gradient of the mean of weight · loss."""
    return np.asarray(weights) @ np.array(ROWS) / 3


def test_equal_weights_give_the_mean_of_all_gradients(shop):
    shop.update(shop.build(EqualSpec()))
    np.testing.assert_allclose(shop.gradient, weighted([1, 1, 1]))


def test_fixed_weights_are_divided_by_their_mean(shop):
    spec = FixedSpec(weights={"task 0": 4.0, "task 2": 0.5})
    seen = shop.update(shop.build(spec))
    expected = np.array([4, 1, 0.5]) / (5.5 / 3)
    np.testing.assert_allclose(seen.weight, expected)
    np.testing.assert_allclose(shop.gradient, weighted(expected))


def test_levels_of_importance_are_apart_by_twos(shop):
    spec = ImportanceSpec(levels={"task 0": "low", "task 1": "high"})
    weight = shop.update(shop.build(spec)).weight
    np.testing.assert_allclose(weight / weight[2], [0.5, 2, 1])
    assert weight.sum().item() == pytest.approx(3)


def test_random_weights_are_those_of_torchjd_times_the_number_of_tasks(shop):
    balance, random = shop.build(RLWSpec()), scalarization.Random()
    torch.set_default_dtype(torch.float64)  # both draw in the type that they compute in
    try:
        for seed in range(3):
            torch.manual_seed(seed)
            shop.update(balance)
            torch.manual_seed(seed)
            values = torch.ones(3, requires_grad=True)
            (weight,) = torch.autograd.grad(random(values), values)
            np.testing.assert_allclose(shop.gradient, weighted(3 * weight.numpy()))
    finally:
        torch.set_default_dtype(torch.float32)


def test_random_weights_are_one_on_average(shop):
    torch.manual_seed(0)
    balance = shop.build(RLWSpec())
    weights = torch.stack([shop.update(balance).weight for _ in range(300)])
    np.testing.assert_allclose(weights.mean(dim=0), 1, atol=0.15)
    assert weights.std() > 0.3


def test_dynamic_weights_are_those_of_the_equation(shop):
    """Equation 7: K·exp(w/T) / Σ exp(w/T) with w the mean loss of last epoch by that of the one before."""
    found = Script(shop, DWASpec(temperature=2.0), updates_per_epoch=2).weights
    means = LOSSES[:8].reshape(4, 2, 3).mean(axis=1)
    np.testing.assert_array_equal(found[:4], 1)
    for epoch in (2, 3):
        rate = np.exp(means[epoch - 1] / means[epoch - 2] / 2.0)
        expected = 3 * rate / rate.sum()
        np.testing.assert_allclose(found[2 * epoch], expected)
        np.testing.assert_array_equal(found[2 * epoch], found[2 * epoch + 1])
        assert np.ptp(expected) > 0.05


def test_dynamic_weights_are_those_of_torchjd(shop):
    found = Script(shop, DWASpec(temperature=0.7), updates_per_epoch=3).weights
    other = scalarization.DWA(temperature=0.7)
    for at, losses in enumerate(LOSSES):
        values = torch.tensor(losses, requires_grad=True)
        (weight,) = torch.autograd.grad(other(values), values)
        np.testing.assert_allclose(found[at], weight)
        if at % 3 == 2:
            other.step()


def test_dynamic_weights_take_means_over_labels_and_wait_for_tasks_that_were_away(shop):
    """Task 1 has no label in the second epoch; the third epoch is compared with the first."""
    share = [[1, 0.5, 1], [1, 1.5, 1], [1, 0, 1], [1, 0, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]]
    found = Script(shop, DWASpec(), LOSSES[:7], share, updates_per_epoch=2).weights
    first = (0.5 * LOSSES[0, 1] + 1.5 * LOSSES[1, 1]) / 2
    third = LOSSES[4:6, 1].mean()
    others = LOSSES[:6].reshape(3, 2, 3).mean(axis=1)[:, [0, 2]]
    expected = np.exp(np.array([others[1, 0] / others[0, 0], 1, others[1, 1] / others[0, 1]]) / 2)
    np.testing.assert_allclose(found[4], 3 * expected / expected.sum())
    rates = [others[2, 0] / others[1, 0], third / first, others[2, 1] / others[1, 1]]
    expected = np.exp(np.array(rates) / 2)
    np.testing.assert_allclose(found[6], 3 * expected / expected.sum())


def test_uncertainty_is_twice_that_of_torchjd_learned_by_adam(shop):
    found = Script(shop, UncertaintySpec())
    other = scalarization.UW(3).double()
    adam = torch.optim.Adam(other.parameters(), lr=0.025)
    for at, losses in enumerate(LOSSES):
        values = torch.tensor(losses, requires_grad=True)
        adam.zero_grad()
        other(values).backward()
        np.testing.assert_allclose(found.weights[at], 2 * values.grad)
        np.testing.assert_allclose(found.gradients[at], weighted(found.weights[at]))
        adam.step()
    assert np.ptp(found.weights[-1].numpy()) > 0.05


def test_uncertainty_comes_to_weigh_each_task_by_its_mean_loss_however_rarely_it_has_labels(shop):
    """Where Σ e^(−s)·L + n·s is least, e^s is the loss per label; task 2 has labels in every fourth update."""
    losses = np.tile([0.5, 1.0, 2.0], (400, 1))
    share = [[1.0, 1.0, 4.0 * (at % 4 == 0)] for at in range(len(losses))]
    found = Script(shop, UncertaintySpec(), losses, share)
    np.testing.assert_allclose(found.weights[-1], [2, 1, 0.5], rtol=0.05)


def test_famo_is_that_of_torchjd(shop):
    """The loss falls between the two looks; torchjd's weight is the slope of its value, whose sum is 1."""
    balance, other = shop.build(FAMOSpec()), scalarization.FAMO(3).double()
    for at in range(8):
        shop.height = 1.0 + at / 4
        values = torch.stack(list(shop.lose(1).values)).detach().requires_grad_()
        (weight,) = torch.autograd.grad(other(values), values)
        seen = shop.update(balance, rate=0.05)
        np.testing.assert_allclose(seen.weight, 3 * weight, rtol=1e-6)
        np.testing.assert_allclose(shop.gradient, weighted(seen.weight))
        other.update(torch.stack(list(shop.lose(1).values)).detach())
    assert np.ptp(seen.weight.numpy()) > 0.05


def test_famo_looks_twice_at_the_same_silenced_units(shop):
    """What is drawn in between is drawn again, and no more than one look is drawn in all."""
    drawn, plain = [], shop.lose

    def lose(count):
        drawn.append(torch.rand(()).item())
        return plain(count)

    shop.lose = lose
    balance = shop.build(FAMOSpec())
    torch.manual_seed(0)
    shop.update(balance)
    shop.update(balance)
    torch.manual_seed(0)
    assert drawn == [drawn[0], drawn[0], drawn[2], drawn[2]]
    assert [torch.rand(()).item() for _ in range(2)] == [drawn[0], drawn[2]]


def test_the_adam_of_tasks_is_that_of_torch_for_tasks_that_are_always_there():
    generator = torch.Generator().manual_seed(0)
    gradients = torch.randn(20, 3, generator=generator, dtype=torch.float64)
    number = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    other, ours = torch.optim.Adam([number], lr=0.025), TaskAdam(3).double()
    moved = torch.zeros(3, dtype=torch.float64)
    for at, gradient in enumerate(gradients):
        here = torch.tensor([True, True, at % 3 == 0])
        moved = ours.step(moved, gradient, here)
        number.grad = gradient.clone()
        other.step()
    torch.testing.assert_close(moved[:2], number.detach()[:2], rtol=1e-6, atol=1e-9)
    rare = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    other = torch.optim.Adam([rare], lr=0.025)
    for gradient in gradients[::3, 2:]:
        rare.grad = gradient.clone()
        other.step()
    torch.testing.assert_close(moved[2:], rare.detach(), rtol=1e-6, atol=1e-9)
