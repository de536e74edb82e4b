"""Towers of next items, against softmax written out in NumPy."""

import numpy as np
import pytest
import torch

from banian.models.towers import SampledSoftmaxTower, SoftmaxTower, TowerLayer

ITEMS = 6
LABEL = torch.tensor(
    [[2, 0, 3, -1], [1, 3, -1, -1], [3, 1, 3, 4], [1, 6, -1, -1], [1, 3, -1, -1]],
    dtype=torch.float64,
)
LEVEL = torch.zeros(5, dtype=torch.float64)
SEEN = torch.tensor(
    [[[0, 0], [5, 2]], [[3, 1], [-1, -1]], [[-1, -1], [-1, -1]], [[2, 0], [4, 0]], [[3, 0], [1, 2]]]
)


def fit(kind=SoftmaxTower):
    torch.manual_seed(0)
    tower = kind(TowerLayer(3, width=4, dropout=0.0), items=ITEMS).double().eval()
    tower.fit_prior(LABEL, LEVEL)
    return tower


def listed(row):
    return LABEL[row, 1:][LABEL[row, 1:] >= 0].long().numpy()


def surprises(scores):
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return np.array([-logs[row, listed(row)].mean() for row in range(5)])


def raised(scores, again):
    """What was seen before is raised by the weight of its span."""
    scores = scores.copy()
    for row, pairs in enumerate(SEEN.numpy()):
        for item, span in pairs:
            if item >= 0:
                scores[row, item] += again[span]
    return scores


@pytest.fixture
def logits():
    return torch.randn(5, ITEMS + 1, generator=torch.Generator().manual_seed(1)).double()


@pytest.mark.parametrize("kind", [SoftmaxTower, SampledSoftmaxTower])
def test_the_constant_is_the_share_of_each_item_every_list_counting_the_same(kind):
    share = np.zeros(ITEMS + 1)
    for row in range(5):
        share[listed(row)] += 1 / len(listed(row)) / 5
    assert (share[[2, 5]] == 0).all()
    share[[2, 5]] = 0.01 / 5
    np.testing.assert_allclose(fit(kind).constant, share / share.sum(), rtol=1e-12)


def test_loss_is_the_mean_surprise_at_the_listed_items_over_that_of_the_shares(logits):
    tower = fit()
    constant = surprises(np.tile(np.log(tower.constant.numpy()), (5, 1))).mean()
    expected = surprises(logits.numpy()) / constant
    np.testing.assert_allclose(tower.loss(logits, LABEL, LEVEL), expected, rtol=1e-12)
    value = tower.value(logits, LEVEL)
    np.testing.assert_allclose(value.sum(dim=1), 1)


def test_items_seen_before_are_raised_by_how_recently(logits):
    tower = fit()
    torch.nn.init.normal_(tower.again)
    found = tower.add_item_history_bias(logits, SEEN)
    expected = raised(logits.numpy(), tower.again.detach().numpy())
    np.testing.assert_allclose(found.detach(), expected, rtol=1e-12)
    tower.loss(found, LABEL, LEVEL).sum().backward()
    assert tower.again.grad.any()


@pytest.mark.parametrize("kind", [SoftmaxTower, SampledSoftmaxTower])
def test_it_starts_at_the_least_loss_of_popular_items_of_which_some_come_again(kind):
    generator = torch.Generator().manual_seed(3)
    first = torch.randint(0, ITEMS, (300, 1), generator=generator)
    again = torch.rand(300, 1, generator=generator) < 0.4
    other = torch.randint(0, ITEMS, (300, 1), generator=generator)
    label = torch.cat([torch.ones(300, 1), torch.where(again, first, other)], dim=1).double()
    spans = torch.randint(0, 3, (300, 1), generator=generator)
    seen = torch.stack([first, spans], dim=2)
    tower = fit(kind)
    level = torch.zeros(300, dtype=torch.float64)
    tower.fit_prior(label, level, seen)
    start = tower(torch.zeros(300, 3).double(), torch.zeros(300, dtype=torch.long)).detach()
    found = tower.again.detach().clone()
    assert (found > 0.5).all()

    def loss(by):
        tower.again.data.copy_(by)
        return tower.loss(tower.add_item_history_bias(start, seen), label, level).mean().item()

    least = loss(found)
    assert least < loss(torch.zeros(3)) == pytest.approx(1)
    for step in torch.cat([torch.eye(3), -torch.eye(3)]) * 0.05:
        assert loss(found + step) > least


@pytest.fixture
def sampled():
    tower = fit(SampledSoftmaxTower)
    torch.nn.init.normal_(tower.again)
    torch.nn.init.normal_(tower.bias)
    return tower


@pytest.fixture
def points():
    return torch.randn(5, 32, generator=torch.Generator().manual_seed(2)).double()


def scores_of(tower, points):
    plain = points.numpy() @ tower.places.weight.detach().numpy().T + tower.bias.detach().numpy()
    return raised(plain, tower.again.detach().numpy())


def test_elsewhere_than_in_training_the_sum_over_all_items_is_exact(sampled, points):
    scores = scores_of(sampled, points)
    logits = sampled.add_item_history_bias(points, SEEN)
    found = sampled.loss(logits, LABEL, LEVEL) * sampled.unit
    np.testing.assert_allclose(found.detach(), surprises(scores), rtol=1e-10)
    value = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(sampled.value(logits, LEVEL).detach(), value, rtol=1e-10)


def test_in_training_only_listed_items_are_scored_each_by_its_chance_to_be_listed(sampled, points):
    scores = scores_of(sampled, points)
    among = np.unique(np.concatenate([listed(row) for row in range(5)]))
    drawn = sum(len(listed(row)) for row in range(5))
    chance = 1 - (1 - sampled.constant.numpy()[among]) ** drawn
    total = np.log((np.exp(scores[:, among]) / chance).sum(axis=1))
    expected = [(total[row] - scores[row, listed(row)]).mean() for row in range(5)]
    sampled.train()
    found = sampled.loss(sampled.add_item_history_bias(points, SEEN), LABEL, LEVEL) * sampled.unit
    np.testing.assert_allclose(found.detach(), expected, rtol=1e-10)


def test_the_estimated_sum_has_the_right_mean():
    """Lists drawn from the popularity itself; the mean of e^estimate over many batches is the exact sum."""
    generator = np.random.default_rng(0)
    tower = fit(SampledSoftmaxTower)
    share = generator.dirichlet(np.ones(ITEMS + 1) * 3)
    tower.constant.copy_(torch.tensor(share))
    tower.bias.data.copy_(torch.randn(ITEMS + 1).double())
    exact, found = tower.bias.exp().sum().item(), []
    tower.train()
    for _ in range(700):
        codes = torch.tensor(generator.choice(ITEMS + 1, size=4, p=share)).double()
        label = torch.stack([torch.ones(4).double(), codes], dim=1)
        surprise = tower.loss(torch.zeros(4, 32).double(), label, torch.zeros(4).double())
        own = tower.bias[codes.long()]
        found.append((surprise * tower.unit + own).exp()[0].item())
    assert np.mean(found) == pytest.approx(exact, rel=0.07)


def test_a_batch_without_any_item_has_no_loss_and_a_gradient_of_zero(sampled, points):
    nothing = torch.full_like(LABEL, -1)
    points.requires_grad_()
    sampled.train()
    loss = sampled.loss(points, nothing, LEVEL)
    loss.sum().backward()
    assert (loss == 0).all()
    assert (points.grad == 0).all()
