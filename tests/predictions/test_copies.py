"""Rows that stand as often as their weights say."""

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.predictions import count_copies, fit_numbers
from banian.predictions.binary import fit_binary
from banian.predictions.calibration import fit_temperature
from banian.predictions.means import fit_mean

wholes = hnp.arrays(np.int64, st.integers(1, 30), elements=st.integers(0, 9))
weights = hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(1e-3, 1e6) | st.just(0.0))


@settings(max_examples=60, deadline=None)
@given(whole=wholes, unit=st.sampled_from([1.0, 1 / 3, 1e-9, 7e12]))
def test_weights_in_the_ratio_of_small_whole_numbers_are_met_exactly(whole, unit):
    copies = count_copies(whole * unit, np.zeros(len(whole)))
    assert copies.tolist() == (whole // max(np.gcd.reduce(whole), 1)).tolist()


@settings(max_examples=60, deadline=None)
@given(weight=weights, seed=st.integers(0, 99))
def test_up_to_any_point_rows_stand_as_often_as_they_weigh_to_within_one(weight, seed):
    along = np.random.default_rng(seed).permutation(len(weight)) * 1.0
    copies = count_copies(weight, along)
    assert (copies >= 0).all()
    assert (copies[weight == 0] == 0).all()
    if weight.any():
        order = np.argsort(along)
        due = weight[order].cumsum() / weight.sum() * copies.sum()
        assert np.abs(copies[order].cumsum() - due).max() <= 1


def drawn(rows=400):
    generator = np.random.default_rng(4)
    score = generator.random((rows, 1))
    weight = generator.integers(0, 4, rows).astype(float)
    return generator, score, weight, weight.astype(int)


def test_calibrations_take_weight_two_as_two_rows_and_zero_as_none():
    generator, score, weight, times = drawn()
    entity = np.arange(len(score))
    label = (generator.random(len(score)) < score[:, 0] ** 2) * 1.0
    repeated = [part.repeat(times, axis=0) for part in (score, label, entity)]
    weighed, twice = fit_binary(score, label, entity, weight=3 * weight), fit_binary(*repeated)
    assert weighed.threshold == twice.threshold
    at = np.linspace(0.1, 0.9, 9)[:, None]
    for found, other in zip(
        (weighed.apply(at, at[:, 0]).value, weighed.apply(at, at[:, 0]).upper),
        (twice.apply(at, at[:, 0]).value, twice.apply(at, at[:, 0]).upper),
        strict=True,
    ):
        np.testing.assert_allclose(found, other, rtol=1e-9)
    both = np.hstack([score, 1 - score])
    codes = label.astype(int)
    np.testing.assert_allclose(
        fit_temperature(both, codes, weight=weight),
        fit_temperature(both.repeat(times, axis=0), codes.repeat(times)),
    )
    number = generator.gamma(2.0, 10.0, len(score))
    level = generator.random(len(score)) * 20
    parts = (score[:, 0] * 20, number, level, level + 3)
    one = fit_mean(*parts, weight=weight)
    two = fit_mean(*(part.repeat(times) for part in parts))
    np.testing.assert_allclose(one.apply(number, level), two.apply(number, level), rtol=1e-6)


def test_few_rows_stay_few_whatever_they_weigh():
    generator, score, _, _ = drawn(18)
    weight = generator.random(18)
    label = np.arange(18) % 2 * 1.0
    assert fit_binary(score, label, np.arange(18), weight=weight) == fit_binary(
        score, label, np.arange(18)
    )
    fitted = fit_numbers(score, label, np.zeros(18), floor=None, weight=weight)
    assert fitted.below is fitted.above is None


def test_intervals_hold_nine_of_ten_by_weight():
    """The rows that weigh lie far out; counted once, they would be hardly one in ten."""
    generator, score, _, _ = drawn(2000)
    heavy = generator.random(2000) < 0.1
    label = generator.normal(0.0, np.where(heavy, 10.0, 1.0))
    weight = np.where(heavy, 9.0 + generator.random(2000), 1.0)
    fitted = fit_numbers(0 * score, label, np.zeros(2000), floor=None, weight=weight)
    said = fitted.apply(0 * score, np.zeros(2000))
    inside = (said.lower <= label) & (label <= said.upper)
    assert abs(np.average(inside, weights=weight) - 0.9) < 0.01
    assert inside.mean() > 0.95
