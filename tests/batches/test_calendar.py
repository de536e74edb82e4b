from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.batches import NumberPart, encode_rows, fit_features
from banian.batches.calendar import CALENDAR, has_calendar, read_calendar
from banian.examples import Examples
from banian.spec import ModelSpec

CIRCLES = ("day", "week", "month", "year")


def turns(at: datetime) -> list[float]:
    """How much of the day, week, month and year has passed."""
    day = datetime(at.year, at.month, at.day)
    month, year = datetime(at.year, at.month, 1), datetime(at.year, 1, 1)
    after = datetime(at.year + at.month // 12, at.month % 12 + 1, 1)
    hours = (at - day).total_seconds() / 86_400
    return [
        hours,
        (at.weekday() + hours) / 7,
        (at - month) / (after - month),
        (at - year) / (datetime(at.year + 1, 1, 1) - year),
    ]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=9))
def test_every_time_stands_at_its_place_on_every_circle(moments):
    columns = read_calendar(np.array(moments, "datetime64[us]")).columns
    for row, at in enumerate(moments):
        for name, turn in zip(CIRCLES, turns(at), strict=True):
            for wave in (np.sin, np.cos):
                found = columns[f"{name}.{wave.__name__}"][row].as_py()
                assert found == pytest.approx(wave(2 * np.pi * turn), abs=1e-9)


def test_a_row_without_a_time_has_no_calendar():
    seen = read_calendar(np.array(["2020-05-01", "NaT"], "datetime64[us]"))
    assert seen.present.tolist() == [True, False]
    assert all(np.isnan(seen.columns[name].to_numpy()[1]) for name in seen.columns.column_names)


def test_few_days_are_no_calendar():
    days = np.datetime64("2020-01-01", "us") + np.arange(60) * np.timedelta64(1, "D")
    assert has_calendar(days)
    assert not has_calendar(np.repeat(days[:59], 3) + np.timedelta64(1, "h"))
    assert not has_calendar(np.full(100, np.datetime64("NaT", "us")))


@pytest.fixture
def examples(examples) -> Examples:
    """Orders come every day, customers are asked about at one cutoff."""
    grains = dict(examples.grains)
    days = np.datetime64("2020-01-01T07:30", "us") + np.arange(120) * np.timedelta64(1, "D")
    grains["rows of orders"] = replace(grains["rows of orders"], cutoff=days)
    return Examples(grains)


def test_only_rows_of_grains_with_many_cutoffs_know_the_calendar_if_the_model_wants_it(
    examples, training
):
    assert CALENDAR not in fit_features(examples, training).entities
    state = fit_features(examples, training, ModelSpec(calendar=True))
    assert state.calendar == ("rows of orders",)
    assert state == type(state).from_parts(state.to_dict(), state.vocabularies())
    orders, customers = (
        encode_rows(state, examples.grains[grain]) for grain in ("rows of orders", "customers")
    )
    assert orders.blocks[CALENDAR].present.all()
    assert CALENDAR not in customers.blocks
    at = list(state.entities[CALENDAR].numbers).index("week.sin")
    block = orders.blocks[CALENDAR]
    week = torch.cat(
        [block.part(NumberPart).values[:, at], block.part(NumberPart).codes[:, at : at + 1]], dim=1
    )
    assert (week[:-7] == week[7:]).all()
    assert (week[:6] != week[1:7]).any(dim=1).all()
