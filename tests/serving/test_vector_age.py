"""What kept vectors cost in exactness is measured on rows of the store, before anybody asks."""

from banian.serving.served_model import load_model
from banian.serving.settings import ModelOptions
from banian.serving.vector_age import measure_age_error

DAY = 86400.0


def test_vectors_of_now_cost_nothing_and_older_ones_something(graphed):
    model, _ = load_model(graphed, ModelOptions(keep_vectors=30 * DAY))
    fresh = measure_age_error(model.predictor, graphed, seconds=0)
    old = measure_age_error(model.predictor, graphed, seconds=30 * DAY)
    assert fresh.keys() == old.keys() == model.predictor.spec.tasks.keys()
    for task, found in fresh.items():
        assert found.largest < 1e-5
        assert old[task].largest > 1e-3
        assert 0 < old[task].mean < old[task].largest
        assert found.rows == 64


def test_nothing_is_measured_where_no_vectors_are_kept(stored):
    model, _ = load_model(stored, ModelOptions(keep_vectors=DAY))
    assert measure_age_error(model.predictor, stored, seconds=DAY) == {}
