"""What the highest predictions hold."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from banian.evaluation import top_tenth

FEW = settings(max_examples=60, deadline=None, derandomize=True)
rows = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 2.5]), st.integers(0, 5).map(float)),
    min_size=10,
    max_size=60,
)


@FEW
@given(rows, st.randoms())
def test_the_order_of_rows_does_not_matter(drawn, random):
    shuffled = random.sample(drawn, len(drawn))
    one, two = (top_tenth(*np.array(part).T) for part in (drawn, shuffled))
    for name in ("mean", "overall", "lift", "captured"):
        assert getattr(one, name) == pytest.approx(getattr(two, name))


@FEW
@given(st.lists(st.sampled_from([0.0, 1.0, 3.0]), min_size=1, max_size=9), st.randoms())
def test_it_is_the_first_tenth_where_no_two_predictions_are_alike(labels, random):
    label = np.array(labels * 10)
    value = np.array(random.sample(range(len(label)), len(label)), float)
    found = top_tenth(label, value)
    best = label[np.argsort(-value)][: len(labels)]
    assert found.mean == pytest.approx(best.mean())
    assert found.overall == pytest.approx(label.mean())
    if label.sum():
        assert found.captured == pytest.approx(best.sum() / label.sum())
        assert found.lift == pytest.approx(best.mean() / label.mean())


@FEW
@given(rows)
def test_a_constant_has_a_lift_of_one(drawn):
    label = np.array(drawn)[:, 0]
    found = top_tenth(label, np.full(len(label), 7.0))
    if label.sum():
        assert found.lift == pytest.approx(1.0)
        assert found.captured == pytest.approx(0.1)
    else:
        assert (found.lift, found.captured) == (None, None)


def test_of_few_rows_there_is_no_tenth():
    assert top_tenth(np.ones(9), np.ones(9)) is None


def test_shares_of_a_total_need_labels_that_are_not_negative():
    label = np.array([-1.0, *([1.0] * 9)])
    assert top_tenth(label, label).captured is None
