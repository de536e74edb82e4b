"""Tests of the values of an ask, held against what columns were in training."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.errors import AskError
from banian.features.compiled_sql import evaluate_sql
from banian.inference import ask_values
from banian.inference.ask_values import read_values
from banian.schema import ColumnType

WHOLE, NUMBER, TRUTH = ColumnType("whole"), ColumnType("float"), ColumnType("boolean")
TEXT, TIME = ColumnType("text"), ColumnType("time")
NAME, WHOLE_NAME = ColumnType("text", is_name=True), ColumnType("whole", is_name=True)


SCALED = ColumnType("decimal", 2)
KINDS = [WHOLE, NUMBER, TRUTH, TEXT, TIME, NAME, WHOLE_NAME, SCALED, ColumnType("decimal", 0)]


def read(values, kind, *, is_text=False):
    places = list(range(len(values)))
    return read_values(values, kind, where="it", places=places, is_text=is_text).to_pylist()


@pytest.mark.parametrize(
    ("kind", "given", "meant"),
    [
        (WHOLE, [3, 3.0, Decimal(3), np.int32(3), 2**62 + 1], [3, 3, 3, 3, 2**62 + 1]),
        (NUMBER, [1, 2.5, Decimal("0.1"), np.float32(0.5)], [1.0, 2.5, 0.1, 0.5]),
        (TRUTH, [True, np.bool_(False)], [True, False]),
        (TEXT, ["red", " red", "NA"], ["red", " red", "NA"]),
        (TIME, ["2020-01-02", date(2020, 1, 2)], [datetime(2020, 1, 2)] * 2),
        (TIME, [np.datetime64("2020-01-02", "ns")], [datetime(2020, 1, 2)]),
        (TIME, [datetime(2020, 1, 2, 5, tzinfo=UTC)], [datetime(2020, 1, 2, 5)]),
        (NAME, ["c7", 7, " c7 ", 7.0], ["c7", "7", "c7", "7"]),
        (WHOLE_NAME, [7, "7", 7.0], [7, 7, 7]),
    ],
)
def test_what_fits_is_read_as_it_was_in_training(kind, given, meant):
    assert read(given, kind) == meant


@pytest.mark.parametrize(
    ("kind", "given", "meant"),
    [
        (WHOLE, ["3", "3.0", "3e2", "9007199254740993"], [3, 3, 300, 9007199254740993]),
        (NUMBER, ["1", " 2.5"], [1.0, 2.5]),
        (TRUTH, ["true", "False", "0"], [True, False, False]),
        (TEXT, ["NA", "3"], ["NA", "3"]),
        (WHOLE_NAME, ["7"], [7]),
    ],
)
def test_a_file_of_texts_says_numbers_by_their_digits(kind, given, meant):
    assert read(given, kind, is_text=True) == meant


@pytest.mark.parametrize("kind", [WHOLE, NUMBER, TRUTH, TEXT, TIME, NAME, WHOLE_NAME])
@pytest.mark.parametrize("nothing", [None, "", float("nan"), np.datetime64("NaT"), pd.NA, pd.NaT])
def test_what_is_absent_is_absent(kind, nothing):
    assert read([nothing], kind) == [None]


def test_words_for_nothing_name_nobody():
    assert read(["null", "NA", "-"], NAME) == [None, None, None]
    lands = ColumnType("text", is_name=True, na_is_name=True)
    assert read(["null", "NA"], lands) == [None, "NA"]
    assert read(["null", "n/a"], NUMBER, is_text=True) == [None, None]


@pytest.mark.parametrize(
    ("kind", "wrong", "noun"),
    [
        (WHOLE, "3", "a whole number"),
        (WHOLE, 2.5, "a whole number"),
        (WHOLE, True, "a whole number"),
        (WHOLE, 2**63, "a whole number"),
        (NUMBER, "1.5", "a number"),
        (NUMBER, float("inf"), "a number"),
        (NUMBER, [1.5], "a number"),
        (TRUTH, 1, "true or false"),
        (TRUTH, "yes", "true or false"),
        (TEXT, 3, "a text"),
        (TEXT, "\ud800", "a text"),
        (NAME, "\ud800", "a text"),
        (
            ColumnType("decimal", scale=2),
            1e16,
            "a number below 10,000,000,000,000,000 with 2 decimals",
        ),
        (TIME, "soon", "a time"),
        (TIME, 3, "a time"),
        (NAME, True, "a text"),
        (NAME, 1.5, "a text"),
        (NAME, {"id": 3}, "a text"),
        (WHOLE_NAME, "c7", "a whole number"),
        (WHOLE_NAME, "07", "a whole number"),
    ],
)
def test_another_type_is_refused_by_name(kind, wrong, noun):
    with pytest.raises(AskError) as refused:
        read([None, wrong], kind)
    assert refused.value.problem.startswith("ask 1: it is ")
    assert refused.value.problem.endswith(f"and in training it was {noun}.")


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [(WHOLE, "3.5"), (WHOLE, "1_000"), (NUMBER, "1_000"), (NUMBER, "inf"), (TRUTH, "perhaps")],
)
def test_texts_that_are_no_such_value_are_refused(kind, wrong):
    with pytest.raises(AskError, match=r"ask 0: it is"):
        read([wrong], kind, is_text=True)


def test_the_first_of_many_wrong_asks_are_named():
    with pytest.raises(AskError) as refused:
        read([1.5, *["much"] * 6], NUMBER)
    assert "ask 1: it is 'much' (no better: ask 2, 3, 4 and 2 more), and in" in str(refused.value)


@pytest.mark.parametrize(
    ("value", "told"),
    [("12", "as a number without quotes"), (float("inf"), "as a finite number"), (True, "tables,")],
)
def test_what_keeps_a_value_from_being_a_number_is_told(value, told):
    with pytest.raises(AskError) as refused:
        read([value], ColumnType("decimal", scale=2))
    assert told in refused.value.remedy


def test_a_long_value_is_shown_in_part():
    with pytest.raises(AskError) as refused:
        read(["x" * 500], NUMBER)
    assert len(refused.value.problem) < 130


@settings(max_examples=200)
@given(
    number=st.one_of(
        st.floats(-1e6, 1e6), st.integers(-(10**6), 10**6).map(lambda one: (one + 0.5) / 100)
    ),
    scale=st.integers(0, 6),
)
def test_a_decimal_is_rounded_as_the_engine_rounds_it(number: float, scale: int):
    kind = ColumnType("decimal", scale=scale)
    (read,) = read_values([number], kind, where="x", places=[0], is_text=False).to_pylist()
    sql = f"SELECT CAST(CAST(CAST(x AS TEXT) AS DECIMAL(18, {scale})) AS DOUBLE) AS y FROM one"
    (rounded,) = evaluate_sql(sql, "one", pa.table({"x": [number]}))["y"].to_pylist()
    assert read == rounded
    assert math.copysign(1, read) == math.copysign(1, rounded)


one_type = [
    st.integers(-(2**70), 2**70) | st.sampled_from([2**53, -(2**53), 2**53 - 1, 0]),
    st.floats() | st.sampled_from([-0.0, 0.005, 1.005, 2.675, 1e15, 12.34, 10.0**16, 1e17]),
    st.decimals(allow_nan=None)
    | st.sampled_from([Decimal("1.005"), Decimal("0.1"), Decimal("-0")]),
    st.booleans(),
    st.text(max_size=3) | st.sampled_from(["\ud800", "", " ", "NA"]),
    st.datetimes(timezones=st.none() | st.just(UTC)),
]


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    kind=st.sampled_from(KINDS),
    values=st.sampled_from(one_type).flatmap(
        lambda one: st.lists(st.none() | one, min_size=1, max_size=4)
    ),
)
def test_values_of_one_type_are_read_at_once_as_they_are_one_by_one(kind, values):
    def told():
        try:
            return repr(read(values, kind))
        except AskError as error:
            return str(error)

    at_once = told()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ask_values, "_read_plain", lambda *_: None)
        assert told() == at_once
