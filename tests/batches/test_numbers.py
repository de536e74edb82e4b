import json
import math

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from one_field import encode_number
from packed import unpack
from scipy import stats

from banian.batches import NumberPart
from banian.batches.numbers import encode_numbers
from banian.features.codecs import NumberCodec, NumberCodecs, count_bins, fit_number
from banian.features.codecs.number import HEAVY_VALUES

KNOTS = 65
STEP = 0.51 / 32766
"""How far a rank may lie from what it stands for; a scaled value six times as far."""
RANK, SCORE, SCALED = range(3)
BRIEF = settings(max_examples=60, deadline=None)
numbers = st.one_of(
    st.sampled_from([0.0, 0.0, 1.0, 2.5]), st.integers(-(10**9), 10**9).map(lambda n: n / 100)
)
columns = st.lists(st.one_of(numbers, numbers, st.just(np.nan)), max_size=120).map(np.array)


@pytest.fixture
def spread() -> np.ndarray:
    """Different values, so many that every thirtieth is a knot."""
    return np.random.default_rng(0).lognormal(2, 1, 30 * (KNOTS - 1) + 1)


def test_at_the_knots_the_rank_is_that_among_the_training_rows(spread):
    encoded, special = encode_number(fit_number(spread), np.sort(spread)[::30])
    assert not special.any()
    np.testing.assert_allclose(encoded[:, RANK], np.linspace(0, 1, KNOTS), rtol=0, atol=STEP)


def test_between_the_knots_the_rank_is_off_by_less_than_one_knot(spread):
    encoded, _ = encode_number(fit_number(spread), spread)
    expected = (stats.rankdata(spread) - 1) / (len(spread) - 1)
    assert np.abs(encoded[:, RANK] - expected).max() < 1 / (KNOTS - 1)
    assert np.abs(encoded[:, RANK] - expected).mean() < 2e-3


def test_equal_values_stand_at_the_middle_of_their_ranks():
    tied = np.repeat(np.arange(30.0), 100)  # 3.3 % each: not heavy
    encoded, special = encode_number(fit_number(tied), tied)
    assert not special.any()
    middle = (stats.rankdata(tied, "average") - 0.5) / len(tied)
    assert np.abs(encoded[:, RANK] - middle).max() < 0.5 / (KNOTS - 1) + STEP


def test_the_score_is_the_normal_quantile_of_the_rank_with_short_tails(spread):
    encoded, _ = encode_number(fit_number(spread), spread)
    expected = stats.norm.ppf(encoded[:, RANK].astype(float).clip(1e-3, 1 - 1e-3))
    np.testing.assert_allclose(encoded[:, SCORE], expected, rtol=0, atol=1e-4)


def test_the_scaled_value_is_asinh_in_interquartile_ranges_from_the_median(spread):
    encoded, _ = encode_number(fit_number(spread), spread)
    robust = (spread - np.median(spread)) / stats.iqr(spread)
    assert robust.max() > 5
    np.testing.assert_allclose(encoded[:, SCALED], np.arcsinh(robust), rtol=0, atol=6 * STEP)


def test_values_outside_the_training_range_are_as_the_nearest_inside(spread):
    state = fit_number(spread)
    inside, _ = encode_number(state, np.array([spread.min(), spread.max()]))
    outside, special = encode_number(state, np.array([-1e17, 1e17]))
    assert not special.any()
    assert (outside[:, [RANK, SCORE]] == inside[:, [RANK, SCORE]]).all()
    assert outside[:, SCALED].tolist() == [-6.0, 6.0]


def test_heavy_values_get_codes_in_the_order_of_their_values_and_no_number():
    values = np.concatenate([np.full(30, 5.0), np.full(10, -1.0), np.arange(100, 160)])
    state = fit_number(values)
    assert state.heavy == (-1.0, 5.0)
    encoded, special = encode_number(state, np.array([5.0, -1.0, 100.0]))
    assert special.tolist() == [3, 2, 0]
    assert not encoded[:2].any()
    assert state.knots[0] == 100  # the others are ranked among themselves


def test_a_value_is_heavy_from_five_percent_of_all_rows_on():
    rest = np.arange(100.0, 195.0)
    absent = np.full(50, np.nan)
    assert fit_number(np.append(rest, np.full(5, 7.0))).heavy == (7.0,)
    assert fit_number(np.append(rest, np.full(4, 7.0))).heavy == ()
    assert fit_number(np.concatenate([rest[:46], np.full(4, 7.0), absent])).heavy == ()


def test_no_more_values_are_heavy_than_there_are_codes():
    state = fit_number(np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], [10, 30, 20, 20, 20]))
    assert state.heavy == (2.0, 3.0, 4.0)  # of equally many rows, the lower values
    assert len(state.heavy) == HEAVY_VALUES


def test_absent_has_a_code_of_its_own_and_no_number(spread):
    encoded, special = encode_number(fit_number(spread), np.array([np.nan, spread[0]]))
    assert special.tolist() == [1, 0]
    assert not encoded[0].any()
    assert encoded[1].all()


@pytest.mark.parametrize("values", [[], [np.nan] * 9, [3.0] * 9, [3.0]])
def test_what_never_varies_is_dropped(values):
    assert fit_number(np.array(values)) is None


@pytest.mark.parametrize(("times", "code"), [(20, 2), (2, 0)])
def test_one_value_with_gaps_is_kept(times, code):
    state = fit_number(np.append(np.full(times, 3.0), np.full(80, np.nan)))
    encoded, special = encode_number(state, np.array([3.0, np.nan]))
    assert special.tolist() == [code, 1]
    assert encoded[0, RANK] == (0.5 if code == 0 else 0)


def test_where_all_training_values_were_heavy_others_stand_in_the_middle():
    state = fit_number(np.repeat([0.0, 1.0], 20))
    encoded, special = encode_number(state, np.array([0.5, 2.0]))
    assert special.tolist() == [0, 0]
    assert encoded[:, RANK].tolist() == [0.5, 0.5]
    assert encoded[0, SCALED] < encoded[1, SCALED]


def test_a_field_whose_quartiles_are_equal_is_scaled_by_its_standard_deviation():
    others = np.append(np.full(40, 7.0), np.arange(20) / 10 + 6)
    state = fit_number(np.append(np.repeat([100.0, 101.0, 102.0], 300), others))
    assert state.scale == pytest.approx(others.std())


@BRIEF
@given(columns, st.randoms(use_true_random=False))
def test_the_order_of_the_training_rows_does_not_matter(values, random):
    shuffled = values.tolist()
    random.shuffle(shuffled)
    assert fit_number(np.array(shuffled, float)) == fit_number(values.astype(float))


def test_the_order_of_the_training_rows_does_not_move_the_last_digit_of_the_scale():
    generator = np.random.default_rng(0)
    others = np.append(np.full(40, 7.1), generator.normal(7, 1, 20).round(2))
    values = np.append(np.repeat([100.0, 101.0, 102.0], 300), others)
    states = {fit_number(generator.permutation(values)) for _ in range(20)}
    assert len(states) == 1


@BRIEF
@given(columns, st.lists(numbers, min_size=2, max_size=40))
def test_a_higher_value_is_never_encoded_lower(values, asked):
    state = fit_number(values.astype(float))
    if state is not None:
        encoded, special = encode_number(state, np.sort(asked))
        ordinary = encoded[special == 0]
        assert (np.diff(ordinary, axis=0) >= 0).all()
        assert ((ordinary[:, RANK] >= 0) & (ordinary[:, RANK] <= 1)).all()
        assert not encoded[special != 0].any()


@BRIEF
@given(columns)
def test_the_state_survives_json_exactly(values):
    state = fit_number(values.astype(float))
    if state is not None:
        text = json.dumps(state.to_dict(), allow_nan=False)
        assert NumberCodec.from_dict(json.loads(text)) == state


def test_more_rows_let_a_number_fall_into_more_bins_within_limits():
    found = [count_bins(rows) for rows in (0, 12_000, 13_499, 13_500, 36_000, 10**9)]
    assert found == [8, 8, 8, 9, 24, 24]


def test_what_is_infinite_is_absent():
    values = np.array([1.0, 2.0, 3.0, 4.0] * 5 + [np.inf, -np.inf])
    absent = np.where(np.isinf(values), np.nan, values)
    assert fit_number(values) == fit_number(absent)
    encoded, special = encode_number(fit_number(values), np.array([np.inf, -np.inf]))
    assert special.tolist() == [1, 1]
    assert not encoded.any()


def test_a_field_that_is_absent_in_every_new_row_is_its_code_alone(spread):
    encoded, special = encode_number(fit_number(spread), np.full(7, np.nan))
    assert special.tolist() == [1] * 7
    assert not encoded.any()


def test_a_single_huge_outlier_leaves_the_others_as_they_are(spread):
    plain, spoilt = fit_number(spread), fit_number(np.append(spread, 1e30))
    one, other = (encode_number(state, spread)[0] for state in (plain, spoilt))
    assert np.abs(one - other)[:, [RANK, SCALED]].max() < 0.02


@pytest.mark.parametrize("absurd", [1e6, -1e9, 1e30])
def test_a_mistyped_number_leaves_the_largest_and_smallest_others_apart(spread, absurd):
    state = fit_number(np.append(spread, absurd))
    ends = np.sort(spread)[[-15, -2, 1, 14]]
    (near, far, low, lower), _ = encode_number(state, ends)
    assert far[RANK] - near[RANK] > 2e-4
    assert lower[RANK] - low[RANK] > 2e-4


def test_the_scale_of_a_field_whose_quartiles_are_equal_is_not_that_of_a_mistyped_number():
    others = np.append(np.full(40, 7.0), np.arange(20) / 10 + 6)
    heavy = np.repeat([100.0, 101.0, 102.0], 300)
    scale = fit_number(np.concatenate([heavy, others, [1e8]])).scale
    assert scale < 3 * others.std()


@BRIEF
@given(st.lists(st.floats(), max_size=60).map(np.array), st.lists(st.floats(), max_size=20))
def test_no_number_whatever_is_encoded_into_one_that_is_not_finite(values, asked):
    state = fit_number(values.astype(float))
    if state is not None:
        encoded, special = encode_number(state, np.array([*values, *asked], float))
        assert np.isfinite(encoded).all()
        assert np.abs(encoded).max(initial=0) <= 6
        assert ((special >= 0) & (special < 2 + HEAVY_VALUES)).all()


def _alone(state: NumberCodec, value: float) -> tuple[list[float], int]:
    """Encode one value as the docstring of `NumberCodec` says, number by number, without its score."""
    value = float(np.clip(value, -1e100, 1e100)) if np.isfinite(value) else np.nan
    if np.isnan(value):
        return [0.0, 0.0, 0.0], 1
    if value in state.heavy:
        return [0.0, 0.0, 0.0], 2 + state.heavy.index(value)
    rank = float(np.interp(value, state.knots, state.ranks)) if state.knots else 0.5
    scaled = np.clip(np.arcsinh((value - state.centre) / state.scale), -6, 6)
    return [rank, 0.0, float(scaled)], 0


@BRIEF
@given(st.lists(columns, max_size=5), st.data())
def test_fields_side_by_side_are_encoded_as_each_alone(fitted, data):
    found = {f"f{at}": fit_number(column) for at, column in enumerate(fitted)}
    states = {name: state for name, state in found.items() if state is not None}
    rows = data.draw(st.integers(0, 7))
    asked = st.lists(
        st.one_of(numbers, st.sampled_from([None, np.nan, np.inf, -1e200])),
        min_size=rows,
        max_size=rows,
    )
    there = data.draw(st.lists(st.sampled_from([*states, "other"]), unique=True))
    given_ = {name: data.draw(asked) for name in there}
    table = pa.table({name: pa.array(values, pa.float64()) for name, values in given_.items()})
    numeric, special = encode_numbers(NumberCodecs(states), table, rows=rows)
    floats = unpack(NumberPart(torch.from_numpy(numeric), torch.from_numpy(special))).numpy()
    for at, (name, state) in enumerate(states.items()):
        for row in range(rows):
            value = given_[name][row] if name in given_ else None
            expected, code = _alone(state, np.nan if value is None else value)
            assert special[row, at] == code
            np.testing.assert_allclose(floats[row, at, RANK], expected[RANK], rtol=0, atol=STEP)
            np.testing.assert_allclose(
                floats[row, at, SCALED], expected[SCALED], rtol=0, atol=6 * STEP
            )


def test_rows_are_encoded_alike_in_parts_of_any_size(spread, monkeypatch):
    state = {"a": fit_number(spread), "b": fit_number(-spread)}
    table = pa.table({"a": pa.chunked_array([spread[:5], spread[5:90]]), "b": spread[:90]})
    whole = encode_numbers(NumberCodecs(state), table, rows=90)
    monkeypatch.setattr("banian.features.codecs.numbers._CELLS_AT_ONCE", 14)
    for one, other in zip(whole, encode_numbers(NumberCodecs(state), table, rows=90), strict=True):
        np.testing.assert_array_equal(one, other)


@BRIEF
@given(
    values=st.lists(st.floats(-1e3, 1e3) | st.just(math.nan), min_size=1, max_size=30),
    knots=st.lists(st.integers(-9000, 9000).map(lambda n: n / 9), max_size=65, unique=True),
)
def test_ranks_lie_on_the_straight_lines_between_knots_to_the_bit(values, knots):
    knots = sorted(knots)
    ranks = np.linspace(0, 1, len(knots)).tolist()
    codecs = {
        "short": NumberCodec((), (0.0, 1.0), (0.0, 1.0), 0.0, 1.0),
        "x": NumberCodec((), tuple(knots), tuple(ranks), 0.0, 1.0),
    }
    table = pa.table(
        {"x": pa.array(values, pa.float64(), from_pandas=True), "short": [0.5] * len(values)}
    )
    _, (found,) = NumberCodecs(codecs).encode(table)
    known = ~np.isnan(values)
    expected = np.interp(values, knots, ranks) if knots else np.full(len(values), 0.5)
    np.testing.assert_array_equal(found.rank[1], np.where(known, expected, 0))
    np.testing.assert_array_equal(found.rank[0], 0.5)
