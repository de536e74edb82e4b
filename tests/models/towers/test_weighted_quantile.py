import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from banian.models.towers import weighted_median, weighted_quantile

VALUE = st.integers(-50, 50).map(float)
WEIGHT = st.integers(1, 20).map(float)


@given(st.lists(st.tuples(VALUE, WEIGHT), min_size=1, max_size=12))
def test_no_candidate_has_a_smaller_weighted_error(rows):
    value, weight = np.array(rows).T
    found = weighted_median(torch.tensor(value), torch.tensor(weight)).item()

    def error(candidate):
        return (weight * np.abs(value - candidate)).sum()

    # The error is piecewise linear with its corners at the values: its least stands at one of them.
    assert error(found) == pytest.approx(min(map(error, value)), abs=1e-9)


@given(st.lists(VALUE, min_size=1, max_size=12))
def test_equal_weights_give_the_ordinary_median(values):
    found = weighted_median(torch.tensor(values), torch.full((len(values),), 3.0))
    assert found.item() == np.median(values)


@given(
    st.lists(st.tuples(VALUE, WEIGHT), min_size=1, max_size=12),
    st.sampled_from([0.05, 0.1, 0.25, 0.9, 0.975]),
)
def test_no_candidate_has_a_smaller_weighted_pinball_loss(rows, rank):
    value, weight = np.array(rows).T
    found = weighted_quantile(torch.tensor(value), torch.tensor(weight), rank).item()

    def loss(candidate):
        missing = value - candidate
        return (weight * np.maximum(rank * missing, (rank - 1) * missing)).sum()

    assert loss(found) == pytest.approx(min(map(loss, value)), abs=1e-9)
