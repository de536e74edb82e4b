"""Lengths of time are read as they are written."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banian.spec.duration import format_duration, parse_duration


@given(st.integers(1, 10**5))
def test_a_written_length_is_read_back(hours: int):
    length = timedelta(hours=hours)
    assert parse_duration(format_duration(length)) == length


@pytest.mark.parametrize(
    ("text", "hours"), [("1h", 1), ("12h", 12), ("1d", 24), (" 7 d ", 168), ("4w", 672)]
)
def test_units_are_hours_days_and_weeks(text: str, hours: int):
    assert parse_duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "1.5d", "1y", "1D", "7 days", "1d2h"])
def test_anything_else_is_refused_with_an_example(text: str):
    with pytest.raises(ValueError, match=r"is not a length of time\. Write one like 12h, 7d or 4w"):
        parse_duration(text)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(hours=-1), timedelta(minutes=90)])
def test_a_length_that_could_not_be_read_back_is_not_written(length: timedelta):
    with pytest.raises(ValueError, match="not a positive number of whole hours"):
        format_duration(length)


def test_a_length_beyond_the_calendar_is_refused():
    with pytest.raises(ValueError, match="longer than times can be"):
        parse_duration("99999999999999d")
