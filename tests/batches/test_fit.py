import numpy as np
import pytest

from banian.batches import fit, fit_features
from banian.examples import Examples

MANY = 3000


@pytest.fixture
def examples(entity, rows):
    orders = rows("rows of orders", {"customers": entity(MANY, 1)})
    return Examples(
        {"rows of orders": orders, "customers": rows("customers", {"customers": entity(MANY, 2)})}
    )


def fit_all(examples):
    return fit_features(examples, {g: np.ones(MANY, bool) for g in examples.grains})


def test_numbers_of_many_rows_are_fitted_on_a_sample_and_texts_on_all(examples, monkeypatch):
    whole = fit_all(examples).entities["customers"]
    monkeypatch.setattr(fit, "_MOST_ROWS", 1000)
    found = fit_all(examples).entities["customers"]
    assert found.categories == whole.categories
    assert found.bins == whole.bins
    assert found.numbers != whole.numbers
    for name, number in found.numbers.items():
        everywhere = whole.numbers[name]
        grid = np.linspace(*np.quantile(everywhere.knots, (0.02, 0.98)), 50)
        ranks = [np.interp(grid, each.knots, each.ranks) for each in (number, everywhere)]
        assert np.abs(ranks[0] - ranks[1]).max() < 0.08  # 1.3 / √1000, twice


def test_the_sample_is_the_same_in_every_run(examples, monkeypatch):
    monkeypatch.setattr(fit, "_MOST_ROWS", 1000)
    assert fit_all(examples) == fit_all(examples)
