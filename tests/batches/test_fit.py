import numpy as np
import pytest

from banian.batches import fit, fit_features
from banian.examples import Examples
from banian.spec import IdsSpec, ModelSpec
from banian.workflows.fingerprint import OF_BATCHES

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


class Watched(ModelSpec):
    """Says which of its options are looked at."""

    def __getattribute__(self, name):
        if name in ModelSpec.model_fields:
            READ.add(name)
        return super().__getattribute__(name)


READ: set[str] = set()


def test_the_cache_of_batches_depends_on_whatever_fitting_reads_of_a_model(examples):
    READ.clear()
    training = {grain: np.ones(MANY, bool) for grain in examples.grains}
    fit_features(examples, training, Watched(ids=IdsSpec(rows=1)))
    assert {*OF_BATCHES} >= READ >= {"fields", "ids", "text", "calendar"}
