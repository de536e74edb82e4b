"""Metrics of treatments: the area of uplift against a curve drawn by hand, advice against a trial."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.evaluation import higher_is_better, measure, policy_mean, qini

ROWS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0]),
        st.integers(0, 2),
        st.sampled_from([-0.5, 0.0, 0.25, 1.0]),
        st.sampled_from([-1.0, 0.5]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=30,
)


def split(rows):
    columns = np.array(rows, dtype=np.float64)
    return columns[:, :2], columns[:, 2:4], columns[:, 4]


def draw_curve(label, arm, gain, weight):
    """What treating those above each gain won, per treated row, over the share of rows that are."""
    shares, won = [0.0], [0.0]
    treated, control = weight * (arm > 0), weight * (arm == 0)
    for least in np.unique(gain)[::-1]:
        above = gain >= least
        scale = treated[above].sum() / control[above].sum() if control[above].sum() else 0.0
        gained = (treated * label)[above].sum() - (control * label)[above].sum() * scale
        shares.append(weight[above].sum() / weight.sum())
        won.append(gained / treated.sum())
    return np.array(shares), np.array(won)


@settings(deadline=None, max_examples=100)
@given(ROWS)
def test_qini_is_the_area_between_the_curve_and_the_line_to_its_end(rows):
    label, gain, weight = split(rows)
    areas, sizes = [], []
    for arm in (1, 2):
        inside = np.isin(label[:, 1], (0, arm))
        part = label[inside, 0], label[inside, 1], gain[inside, arm - 1], weight[inside]
        treated = (part[3] * (part[1] > 0)).sum()
        if not treated or not (part[3] * (part[1] == 0)).sum():
            assert np.isnan(qini(label, gain, weight))
            return
        shares, won = draw_curve(*part)
        areas.append(np.trapezoid(won - shares * won[-1], shares))
        sizes.append(treated)
    assert qini(label, gain, weight) == pytest.approx(np.average(areas, weights=sizes), abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(ROWS, st.integers(0, 2**32 - 1))
def test_weights_are_repetitions_and_order_does_not_matter(rows, seed):
    label, gain, weight = split(rows)
    whole = qini(label, gain, weight)
    times = np.repeat(np.arange(len(rows)), weight.astype(int))
    shuffled = np.random.default_rng(seed).permutation(times)
    again = qini(label[shuffled], gain[shuffled], np.ones(len(shuffled)))
    assert again == pytest.approx(whole, abs=1e-12, nan_ok=True)


def test_the_true_gain_is_better_than_a_constant_and_its_reverse_worse():
    generator = np.random.default_rng(0)
    gain = generator.uniform(-0.4, 0.4, 4000)
    arm = generator.integers(0, 2, 4000)
    label = np.stack([(generator.random(4000) < 0.5 + gain * arm), arm], axis=1).astype(float)
    found = [measure("qini", label, (s * gain)[:, None], np.ones(4000)) for s in (1, 0, -1)]
    assert found[1] == 0
    assert found[0] == pytest.approx(-found[2], abs=0.02)
    assert higher_is_better("qini") == (found[0] > found[1] > found[2])


def test_advice_is_worth_the_mean_of_those_who_by_chance_got_it():
    generator = np.random.Generator(np.random.PCG64(0))
    kind = generator.integers(0, 2, 40_000)
    arm = generator.choice(["none", "mail", "call"], 40_000, p=[0.5, 0.3, 0.2])
    mean = np.select(
        [(kind == 1) & (arm == "mail"), (kind == 0) & (arm == "call")], [5.0, 3.0], 1.0
    )
    label = mean + generator.normal(size=40_000)
    for advised, truth in (
        (np.where(kind == 1, "mail", "call"), 4.0),
        (np.where(kind == 1, "mail", "none"), 3.0),
        (np.full(40_000, "call"), 2.0),
    ):
        assert policy_mean(label, arm, advised) == pytest.approx(truth, abs=0.1)


def test_advice_that_nobody_got_by_chance_says_nothing():
    arm = np.array(["none", "none"])
    assert np.isnan(policy_mean(np.ones(2), arm, np.array(["mail", "none"])))
