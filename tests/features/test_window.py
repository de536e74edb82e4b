"""Windows that look back, against a loop over every event in plain Python."""

from datetime import datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import duckdb
import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from banian.features import window as module
from banian.features.engine_windows import values_of
from banian.features.ticks import from_tick, to_tick
from banian.features.window import WindowEvents, aggregate, shift_ticks
from banian.spec.node import Aggregate, Function
from banian.spec.window import Offset, Window

START = to_tick(datetime(2024, 1, 31))
HOUR = 3_600_000_000
HOURS = (-1464, -744, -720, -48, -47, -6, -5, -4, -1, 0)
"""Whole windows apart, so that events lie on edges, and become known when something is asked."""
WINDOWS = (
    Window(Offset(-timedelta(hours=5)), Offset()),
    Window(Offset(-timedelta(days=2)), Offset(-timedelta(hours=1))),
    Window(Offset(months=-1), Offset()),
    Window(Offset(months=-2), Offset(months=-1)),
)
VALUES = {
    pa.int64(): st.sampled_from([-3, 0, 2, 2**40, 2**62, -(2**62)]),
    pa.decimal128(12, 2): st.sampled_from([Decimal("0.10"), Decimal("-7.35"), Decimal("12.00")]),
    pa.decimal128(38, 30): st.sampled_from(
        [Decimal("0.1"), Decimal("1234567.000000000000000000000000000001")]
    ),
    pa.float64(): st.sampled_from([0.1, -2.5, 1e17, 3.0]),
    pa.bool_(): st.booleans(),
    pa.string(): st.sampled_from(["tea", "Öl", "", "zinc"]),
}
OF_NUMBERS: tuple[Function, ...] = ("sum", "avg", "min", "max")
OF_ALL: tuple[Function, ...] = ("exists", "count", "count_distinct", "first", "last")

CONTEXT = Context(prec=60)
Event = tuple[int, int, int, bool, Any]
"""Key, tick, tick at which it is known, whether it counts, value."""


def events_of(type_: pa.DataType) -> st.SearchStrategy[list[Event]]:
    tick = st.sampled_from(HOURS).map(lambda hour: START + hour * HOUR)
    later = st.sampled_from([0, 0, 1, HOUR, 4 * HOUR])
    value = st.none() | VALUES[type_]
    drawn = st.tuples(st.integers(0, 2), tick, later, st.booleans(), value)
    made = drawn.map(lambda one: (one[0], one[1], one[1] + one[2], *one[3:]))
    return st.lists(made, max_size=30)


asks_ = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(HOURS).map(lambda hour: START + hour * HOUR)),
    min_size=1,
    max_size=6,
)


def ordered(one: Event) -> tuple[int, int, bool, Any]:
    return (one[0], one[1], one[4] is not None, one[4] if one[4] is not None else 0)


def gathered(events: list[Event], asks: list[tuple[int, int]], type_: pa.DataType) -> WindowEvents:
    rows = sorted(events, key=ordered)
    keys = np.array([row[0] for row in rows], np.int64)
    asked = np.array([key for key, _ in asks])
    first, last = (np.searchsorted(keys, asked, side) for side in ("left", "right"))
    return WindowEvents(
        np.arange(len(asks)),
        np.array([at for _, at in asks]),
        first,
        last,
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.int64),
        np.array([row[3] for row in rows], bool),
        values_of(pa.array([row[4] for row in rows], type_)),
    )


def brute(events: list[Event], key: int, at: int, window: Window) -> list[Any]:
    start, end = (to_tick(edge.after(from_tick(at))) for edge in (window.start, window.end))
    return [
        value
        for who, tick, known, counts, value in sorted(events, key=ordered)
        if who == key and start <= tick < end and known < at and counts and value is not None
    ]


def said(function: Function, values: list[Any]) -> Any:
    """Exact, then rounded once; floats are added in their order."""
    is_float = any(isinstance(value, float) for value in values)
    match function:
        case "exists":
            return bool(values)
        case "count":
            return float(len(values))
        case "count_distinct":
            return float(len(set(values)))
        case "first" | "last":
            value = (values or [None])[0 if function == "first" else -1]
            return value if value is None or isinstance(value, str) else float(value)
        case "sum" | "avg":
            total = sum(values, 0.0) if is_float else float(sum(map(Fraction, values), Fraction(0)))
            if function == "sum":
                return total
            return total / len(values) if values else None
        case "min":
            return float(min(values)) if values else None
        case _:
            return float(max(values)) if values else None


@pytest.mark.parametrize("type_", VALUES, ids=str)
@given(data=st.data(), window=st.sampled_from(WINDOWS), pairs=st.sampled_from([1, 7, 2**22]))
def test_what_is_aggregated_is_what_a_loop_finds(
    type_: pa.DataType, data: st.DataObject, window: Window, pairs: int
):
    events, asks = data.draw(events_of(type_)), data.draw(asks_)
    functions = OF_ALL if pa.types.is_string(type_) else OF_ALL + OF_NUMBERS
    given_ = gathered(events, asks, type_)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PAIRS", pairs)
        for function in functions:
            found = aggregate(given_, Aggregate(function, "t", "x", window)).to_pylist()
            assert found == [said(function, brute(events, *ask, window)) for ask in asks]


@given(events=events_of(pa.string()), asks=asks_, window=st.sampled_from(WINDOWS))
def test_a_list_has_each_text_once_in_the_order_of_its_bytes(events, asks, window):
    part = Aggregate("list_distinct", "t", "x", window, top=3)
    found = aggregate(gathered(events, asks, pa.string()), part).to_pylist()
    assert found == [
        sorted(set(brute(events, *ask, window)), key=lambda text: text.encode()) for ask in asks
    ]


@given(
    at=st.datetimes(datetime(1700, 1, 1), datetime(2300, 1, 1)),
    months=st.integers(-300, 300).filter(bool),
)
def test_months_are_those_of_the_calendar_and_of_the_engine(at: datetime, months: int):
    moved = shift_ticks(np.array([to_tick(at)]), Offset(months=months))
    assert from_tick(int(moved[0])) == Offset(months=months).after(at)
    said_ = duckdb.sql(f"SELECT epoch_us(TIMESTAMP '{at}' + INTERVAL ({months}) MONTH)").fetchall()
    assert said_ == [(int(moved[0]),)]


@given(st.lists(st.integers(-(2**124), 2**124), min_size=1, max_size=20), st.integers(0, 37))
def test_decimals_are_rounded_as_the_engine_rounds_them(whole: list[int], scale: int):
    fitting = [one for one in whole if abs(one) < 10**38] or [1]
    column = pa.array(
        [Decimal(one).scaleb(-scale, CONTEXT) for one in fitting], pa.decimal128(38, scale)
    )
    decimals = pa.table({"x": column})
    engine = duckdb.from_arrow(decimals).project("x::DOUBLE AS x").fetchall()
    ours = values_of(column)
    assert [(one,) for one in ours.floats().tolist()] == engine
