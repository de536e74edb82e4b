import numpy as np
import pytest
import torch
from scipy import stats

from banian.models.towers import TowerLayer, ZeroInflatedTower

LABEL = torch.tensor([0.0, 3.0, 0.0, 80.0, 1.5, 0.0, 12.0], dtype=torch.float64)
LEVEL = torch.tensor([0.0, 2.0, 30.0, 50.0, 0.0, 4.0, 9.0], dtype=torch.float64)
LOGITS = torch.tensor(
    [[-1, 0.3, 0.1], [2, 0.2, -0.7], [0, -1, -1], [1, 1, 0.5], [3, 0, 0], [-3, 0, 0], [0.5, 1, -2]],
    dtype=torch.float64,
)


def fit(reports: str) -> ZeroInflatedTower:
    torch.manual_seed(0)
    tower = ZeroInflatedTower(TowerLayer(3, width=4, dropout=0.0), reports=reports).double()
    tower.fit_prior(LABEL, LEVEL)
    return tower


def predicted(tower: ZeroInflatedTower) -> tuple[np.ndarray, stats.rv_continuous]:
    """The probability of more than 0, and how that is distributed."""
    log_odds, middle, spread = LOGITS.numpy().T
    base = LEVEL.numpy() + tower.offset.item()
    return 1 / (1 + np.exp(-log_odds)), stats.lognorm(np.exp(spread), scale=base * np.exp(middle))


def log_density(y: np.ndarray, some: np.ndarray, positive: stats.rv_continuous) -> np.ndarray:
    of_amount = positive.logpdf(np.where(y > 0, y, 1))
    return np.where(y > 0, np.log(some) + of_amount, np.log1p(-some))


def test_loss_is_the_missing_log_likelihood_over_that_of_the_constant_predictor():
    tower, y = fit("mean"), LABEL.numpy()
    spread = np.log(y[y > 0]).std()
    known = np.where(
        y > 0, stats.lognorm(spread, scale=np.maximum(y, 1)).logpdf(np.maximum(y, 1)), 0
    )
    same = stats.lognorm(spread, scale=np.exp(np.log(y[y > 0]).mean()))
    constant = 2 * (known - log_density(y, np.full(7, (y > 0).mean()), same)).mean()
    expected = 2 * (known - log_density(y, *predicted(tower))) / constant
    np.testing.assert_allclose(tower.loss(LOGITS, LABEL, LEVEL), expected, rtol=1e-10)


def test_the_mean_is_the_probability_times_the_mean_of_the_log_normal():
    tower = fit("mean")
    some, positive = predicted(tower)
    np.testing.assert_allclose(tower.value(LOGITS, LEVEL)[:, 0], some * positive.mean(), rtol=1e-10)


def test_medians_and_ends_are_where_the_cumulated_mixture_says():
    tower = fit("median")
    some, positive = predicted(tower)
    lower, upper = tower.interval(LOGITS, LEVEL, 0.8).numpy().T
    median = tower.value(LOGITS, LEVEL)[:, 0].numpy()
    for rank, end in ((0.1, lower), (0.5, median), (0.9, upper)):
        at_zero = 1 - some >= rank
        assert (end[at_zero] == 0).all()
        share = 1 - some + some * positive.cdf(end)
        np.testing.assert_allclose(share[~at_zero], rank, rtol=1e-9)
    assert (lower == 0).sum() == 6  # all but where more than nine tenths buy


def test_negative_amounts_are_refused_with_another_tower():
    with pytest.raises(ValueError, match=r"go down to -2; write WITH relative_error"):
        fit("mean").fit_prior(torch.tensor([4.0, -2.0]), torch.zeros(2))
