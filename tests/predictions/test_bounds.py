"""What one row can do to what is believed of all rows is bounded; honest tails are left as they are."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from banian.predictions import Bounds, fit_bounds

AMOUNT = st.integers(-300, 3000).map(lambda cents: cents / 10)
ROWS = st.lists(st.tuples(AMOUNT, AMOUNT), min_size=20, max_size=32)
BRIEF = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
ABSURD = st.floats(1e6, 1e12)


def bounds_of(rows: np.ndarray) -> Bounds:
    return fit_bounds(*rows.T)


@BRIEF
@given(ROWS, st.data(), ABSURD, ABSURD, st.sampled_from([1, -1]))
def test_how_absurd_a_value_is_does_not_matter(rows, data, one, other, sign):
    numbers = np.array(rows)
    at, column = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(0, 1))
    assume(np.count_nonzero(np.delete(numbers[:, 0], at)) > len(rows) / 2)
    found = []
    for absurd in (one, other):
        numbers[at, column] = sign * absurd
        found.append(bounds_of(numbers))
    assert found[0] == found[1]
    largest = np.abs(np.delete(numbers, at, axis=0)).max()
    assert max(map(abs, (found[0].lowest, found[0].highest))) < 50 * largest
    assert found[0].level < 250 * largest


@pytest.mark.parametrize("spread", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("rows", [100, 2000, 20_000])
def test_of_honest_tails_hardly_anything_is_cut(spread, rows):
    cut = []
    for seed in range(20):
        amount = np.random.default_rng(seed).lognormal(3, spread, rows)
        found = fit_bounds(amount, amount)
        cut.append((amount > found.highest).sum())
        assert (amount > found.level).sum() < 3
    assert np.mean(cut) < 3


@pytest.mark.parametrize("spread", [0.3, 1.0, 2.0])
def test_the_bound_stays_where_it_was_with_some_absurd_values(spread):
    """A few mistyped orders, each in the windows of several rows."""
    amount = np.random.default_rng(0).lognormal(3, spread, 2000)
    honest = fit_bounds(amount, amount)
    spoilt = amount.copy()
    spoilt[:40] = 1e8
    for found in (fit_bounds(spoilt, amount), fit_bounds(-spoilt, amount)):
        assert found.highest - found.lowest < 2.5 * (honest.highest - honest.lowest)
    found = fit_bounds(amount, spoilt)
    assert max(found.level / honest.level, found.heavy / honest.heavy) < 2


@BRIEF
@given(ROWS)
def test_a_twentieth_of_the_rows_weigh_as_much_as_the_heaviest(rows):
    level = np.maximum(np.array(rows)[:, 1], 0)
    found = bounds_of(np.array(rows))
    assert (level >= found.heavy).sum() >= max(5, math.ceil(len(rows) / 20))
    assert (level > found.heavy).sum() < max(5, math.ceil(len(rows) / 20))


@BRIEF
@given(ROWS, st.floats(0.01, 100))
def test_the_unit_of_the_label_changes_nothing(rows, share):
    assume(np.count_nonzero(np.array(rows)[:, 0]))
    plain, scaled = bounds_of(np.array(rows)), bounds_of(np.array(rows) * share)
    for name, value in vars(plain).items():
        assert getattr(scaled, name) == pytest.approx(value * share, rel=1e-6, abs=1e-6)


def test_large_customers_whose_past_bears_out_their_future_are_believed():
    generator = np.random.default_rng(1)
    size = np.where(np.arange(2000) < 40, 1000.0, 1.0)
    label, level = size * generator.lognormal(2, 0.4, (2, 2000))
    both = fit_bounds(label, level)
    assert np.quantile(label[:40], 0.7) < both.highest
    assert level.max() < both.level
    alone = fit_bounds(label, level / size)
    assert alone.highest < 0.1 * label[:40].min()


def test_where_all_others_are_alike_one_that_is_not_is_not_believed():
    found = fit_bounds(np.append(np.full(400, 10.0), 1e8), np.zeros(401))
    assert found.clip(np.array([10.0, 30.0, 1e8])).tolist() == [10.0, 30.0, 40.0]


@BRIEF
@given(st.lists(st.tuples(ABSURD, ABSURD), min_size=1, max_size=19))
def test_of_fewer_than_twenty_rows_everything_is_believed(rows):
    label = np.array(rows)[:, 0]
    assert bounds_of(np.array(rows)) == Bounds()
    assert (Bounds().clip(label) == label).all()
