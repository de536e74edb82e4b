import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.models.towers import OrdinalTower, TowerLayer

GRADES = torch.tensor([1.0, 2.0, 3.0, 5.0], dtype=torch.float64)
LABEL = torch.tensor([1.0, 5, 5, 3, 2, 5, 3, 5], dtype=torch.float64)
LEVEL = torch.zeros(8, dtype=torch.float64)


def fit(label: torch.Tensor = LABEL) -> OrdinalTower:
    torch.manual_seed(0)
    tower = OrdinalTower(TowerLayer(3, width=4, dropout=0.0), grades=GRADES).double()
    tower.fit_prior(label, torch.zeros_like(label))
    return tower


def probabilities(logits: np.ndarray) -> np.ndarray:
    """McCullagh's cumulative log-odds, one threshold above the other."""
    steps = np.log1p(np.exp(logits[:, 1:]))
    below = np.concatenate([logits[:, :1], steps], axis=1).cumsum(axis=1)
    cumulated = np.concatenate([1 / (1 + np.exp(-below)), np.ones((len(logits), 1))], axis=1)
    return np.diff(cumulated, axis=1, prepend=0)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-12, 12), min_size=24, max_size=24))
def test_probabilities_are_differences_of_cumulated_ones_and_sum_to_one(numbers):
    logits = torch.tensor(numbers, dtype=torch.float64).reshape(8, 3)
    value = fit().value(logits, LEVEL).numpy()
    np.testing.assert_allclose(value, probabilities(logits.numpy()), atol=1e-9)
    np.testing.assert_allclose(value.sum(axis=1), 1)
    assert (value >= 0).all()


def test_loss_is_the_surprise_at_the_grade_over_that_of_the_shares():
    tower = fit()
    logits = torch.randn(8, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    place = np.searchsorted(GRADES.numpy(), LABEL.numpy())
    shares = np.bincount(place) / 8
    found = -np.log(probabilities(logits.numpy())[np.arange(8), place])
    expected = found / -np.log(shares[place]).mean()
    np.testing.assert_allclose(tower.loss(logits, LABEL, LEVEL), expected, rtol=1e-10)
    np.testing.assert_allclose(tower.constant, shares)


def test_starts_at_the_shares_of_the_grades_and_half_a_row_of_those_without_any():
    tower = fit(torch.tensor([1.0, 5.0, 5.0, 3.0], dtype=torch.float64))
    found = tower.value(tower.head.bias.unsqueeze(0), LEVEL[:1])[0].detach()
    np.testing.assert_allclose(found, np.array([1, 0.5, 1, 2]) / 4.5)


def test_raising_the_first_logit_moves_every_threshold_towards_lower_grades():
    tower = fit()
    logits = torch.zeros(1, 3, dtype=torch.float64)
    low, high = (
        tower.value(logits + at * torch.tensor([1.0, 0, 0]), LEVEL[:1])[0] for at in (0, 1)
    )
    assert (high.cumsum(0) > low.cumsum(0))[:-1].all()


@pytest.mark.parametrize(("label", "nearest"), [(4.1, 5.0), (3.9, 3.0), (-7.0, 1.0), (99.0, 5.0)])
def test_a_grade_that_was_never_seen_counts_as_the_nearest(label, nearest):
    tower, logits = fit(), torch.randn(1, 3, dtype=torch.float64)
    losses = [tower.loss(logits, LABEL.new_tensor([one]), LEVEL[:1]) for one in (label, nearest)]
    assert losses[0] == losses[1]
