"""A moment is one, however it is written."""

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banian.errors import SpecError
from banian.inference.moment import read_moment

ZONES = st.integers(-12 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)), ZONES)
def test_the_same_instant_is_the_same_moment_in_every_spelling(at, zone):
    there = at.replace(tzinfo=UTC).astimezone(zone)
    spellings = (at, str(at), at.isoformat(), there, there.isoformat(), pd.Timestamp(there))
    assert {read_moment(one) for one in spellings} == {at}
    assert all(read_moment(one).tzinfo is None for one in spellings)
    assert type(read_moment(pd.Timestamp(at))) is datetime


def test_a_date_is_its_midnight():
    assert read_moment(date(2018, 2, 1)) == read_moment("2018-02-01") == datetime(2018, 2, 1)
    assert read_moment("2018-02-01T00:00:00Z") == datetime(2018, 2, 1)


@pytest.mark.parametrize("wrong", ["yesterday", "2018-13-01", "", 7, pd.NaT, None])
def test_what_is_no_moment_is_refused_with_an_example(wrong):
    with pytest.raises(SpecError, match="is no moment") as caught:
        read_moment(wrong)
    assert "2018-02-01" in caught.value.remedy
