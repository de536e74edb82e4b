"""Of very many items the nearest are found among all of them, as sorting them would."""

from time import process_time

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from banian.recommendation.candidates import find_largest

ITEMS, WIDTH, MOST = 250_000, 64, 250


@given(
    value=hnp.arrays(np.float64, st.integers(0, 40), elements=st.integers(-3, 3).map(float)),
    most=st.integers(0, 45),
)
def test_the_largest_are_those_that_sorting_puts_first(value, most):
    assert find_largest(value, most).tolist() == np.argsort(-value, kind="stable")[:most].tolist()


def test_of_a_quarter_of_a_million_items_the_nearest_are_found_at_the_cost_of_a_product():
    random = np.random.Generator(np.random.PCG64(0))
    vectors = random.standard_normal((ITEMS, WIDTH), np.float32)
    likeness = (vectors @ vectors[17]).astype(np.float64)
    begun = process_time()
    found = find_largest(likeness, MOST)
    took = process_time() - begun
    assert found[0] == 17
    assert (np.diff(likeness[found]) <= 0).all()
    assert np.count_nonzero(likeness > likeness[found[-1]]) == MOST - 1
    assert took < 0.2  # sorting takes 0.04 s where nothing else runs, this a tenth of that
