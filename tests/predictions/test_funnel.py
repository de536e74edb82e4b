import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banian.predictions import chain_of, joint_probability

GIVEN = {"cart": "click", "buy": "cart", "spend": "buy", "back": "buy"}
probability = st.floats(0, 1)
funnels = st.integers(1, 5).flatmap(
    lambda steps: st.lists(
        st.lists(probability, min_size=steps, max_size=steps), min_size=1, max_size=6
    )
)


@given(rows=funnels)
def test_a_longer_chain_is_never_more_probable(rows):
    steps = list(np.array(rows).T)
    joint = [joint_probability(steps[: length + 1]) for length in range(len(steps))]
    for shorter, longer in itertools.pairwise(joint):
        assert (longer <= shorter).all()
    assert (joint[-1] <= np.min(steps, axis=0)).all()
    assert (joint[-1] >= 0).all()
    np.testing.assert_array_equal(joint[0], steps[0])


def test_is_the_product_of_the_steps():
    click, cart, buy = np.random.default_rng(0).random((3, 50))
    np.testing.assert_allclose(joint_probability([click, cart, buy]), click * cart * buy)


def test_what_is_unknown_stays_unknown():
    joint = joint_probability([np.array([np.nan, 0.5]), np.array([0.5, np.nan])])
    assert np.isnan(joint).all()


@pytest.mark.parametrize("wrong", [-0.1, 1.2, np.inf])
def test_only_probabilities_are_multiplied(wrong):
    with pytest.raises(ValueError, match=r"is not a probability"):
        joint_probability([np.array([0.5, 0.5]), np.array([0.5, wrong])])


def test_no_steps_are_no_chain():
    with pytest.raises(ValueError, match="at least one step"):
        joint_probability([])


def test_a_chain_begins_with_what_is_given_nothing():
    assert chain_of("click", GIVEN) == ("click",)
    assert chain_of("back", GIVEN) == ("click", "cart", "buy", "back")
    assert chain_of("elsewhere", GIVEN) == ("elsewhere",)
