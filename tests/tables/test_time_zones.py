"""Local times become the instants that Python's own zones say; what a clock cannot tell is counted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings

from banian.errors import SpecError
from banian.spec import parse_spec
from banian.tables import read_database

Read = Callable[..., Any]
LONDON = "time: t, time_zone: Europe/London"
GONE_BACK = "t happened twice in Europe/London, when clocks went back: taken for the later"
GONE_FORWARD = "t never was in Europe/London, when clocks went forward: moved on by as much"


def csv(*times: str) -> str:
    return "t,y\n" + "".join(f"{time},{number}\n" for number, time in enumerate(times))


def later_reading(local: datetime, zone: str) -> datetime:
    """Of the instants at which a clock may have shown a time, give the later one."""
    readings = (local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(readings).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-01-15 12:00:00", datetime(2021, 1, 15, 12)),
        ("2021-07-15 12:00:00", datetime(2021, 7, 15, 11)),
        ("2021-07-15T12:00:00.250", datetime(2021, 7, 15, 11, 0, 0, 250_000)),
        ("2021-07-15", datetime(2021, 7, 14, 23)),
        ("2021-07-15 12:00:00+02:00", datetime(2021, 7, 15, 10)),
        ("2021-07-15T12:00:00+02", datetime(2021, 7, 15, 10)),
        ("2021-07-15T12:00:00Z", datetime(2021, 7, 15, 12)),
        ("2021-07-15 12:00:00 Asia/Tokyo", datetime(2021, 7, 15, 3)),
    ],
)
def test_a_time_without_an_offset_is_local(read: Read, text: str, expected: datetime):
    found = read(csv(text), LONDON)
    assert found.column("t") == [expected]
    assert found.table.report.noticed == {}


def test_what_clocks_cannot_tell_is_read_as_the_later_and_counted(read: Read):
    autumn = [
        "2021-10-31 00:59:59",
        "2021-10-31 01:00:00",
        "2021-10-31 01:59:59",
        "2021-10-31 02:00:00",
    ]
    spring = [
        "2021-03-28 00:59:59",
        "2021-03-28 01:00:00",
        "2021-03-28 01:30:00",
        "2021-03-28 02:00:00",
    ]
    found = read(csv(*autumn, *spring, "2021-10-31 01:30:00+01:00"), LONDON)
    assert [f"{at:%d %H:%M:%S}" for at in found.column("t")] == [
        "30 23:59:59",
        "31 01:00:00",
        "31 01:59:59",
        "31 02:00:00",
        "28 00:59:59",
        "28 01:00:00",
        "28 01:30:00",
        "28 01:00:00",
        "31 00:30:00",
    ]
    assert found.table.report.noticed == {GONE_BACK: 2, GONE_FORWARD: 2}
    assert found.table.report.kept == 9


NEAR = st.sampled_from(
    [
        datetime(2021, 3, 28, 1),
        datetime(2021, 10, 31, 1),
        datetime(2024, 4, 7, 2),
        datetime(2011, 12, 30),
    ]
)
MOMENTS = st.builds(
    lambda at, minutes: at + timedelta(minutes=minutes), NEAR, st.integers(-3000, 3000)
)


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(
    zone=st.sampled_from(
        ["Europe/London", "Australia/Lord_Howe", "America/New_York", "Pacific/Apia"]
    ),
    locals_=st.lists(
        MOMENTS | st.datetimes(datetime(2011, 1, 1), datetime(2025, 1, 1)), min_size=20, max_size=40
    ),
)
def test_local_times_are_those_of_python(read: Read, zone: str, locals_: list[datetime]):
    locals_ = [at.replace(microsecond=0) for at in locals_]
    table = pa.table({"t": pa.array(locals_, pa.timestamp("us")), "y": range(len(locals_))})
    found = read(table, f"time: t, time_zone: {zone}")
    assert found.column("t") == [later_reading(at, zone) for at in locals_]
    folds = [
        [at.replace(tzinfo=ZoneInfo(zone), fold=f).utcoffset() for f in (0, 1)] for at in locals_
    ]
    noticed = found.table.report.noticed
    twice = sum(n for fault, n in noticed.items() if "happened twice" in fault)
    never = sum(n for fault, n in noticed.items() if "never was" in fault)
    assert twice == sum(first > second for first, second in folds)
    assert never == sum(first < second for first, second in folds)


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (csv("1626350400"), "time_format: unix"),
        (csv("15.07.2021 14:00 +0200"), "time_format: '%d.%m.%Y %H:%M %z'"),
        (
            pa.table(
                {"t": pa.array([datetime(2021, 7, 15, 12)], pa.timestamp("us", "UTC")), "y": [1]}
            ),
            "",
        ),
    ],
)
def test_times_that_say_when_they_were_ignore_the_zone(read: Read, content: Any, declared: str):
    found = read(content, LONDON + (declared and f", {declared}"))
    assert found.column("t") == [datetime(2021, 7, 15, 12)]


OFFSETS = st.sampled_from(
    ["Z", " Z", ".000Z", " UTC", " GMT", " GMT+1", "+02:00", " -0330", "+14", " UTC-05:00"]
)


def offset_of(written: str) -> timedelta:
    """How far ahead of UTC, as Python reads it after the letters are gone."""
    bare = written.strip().removeprefix(".000").removeprefix("UTC").removeprefix("GMT")
    bare = {"": "Z", "+1": "+01"}.get(bare, bare)
    return datetime.fromisoformat("2020-01-01 00:00:00" + bare).utcoffset() or timedelta()


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(
    at=st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)).map(
        lambda at: at.replace(microsecond=0)
    ),
    written=OFFSETS,
    zone=st.sampled_from([None, "Europe/Berlin", "America/New_York"]),
)
def test_an_offset_in_the_format_itself_is_that_of_its_times(
    read: Read, at: datetime, written: str, zone: str | None
):
    form = "%Y-%m-%dT%H:%M:%S" + written
    declared = f"time: t, time_format: '{form}'" + (f", time_zone: {zone}" if zone else "")
    found = read(csv(at.strftime(form)), declared)
    assert found.column("t") == [at - offset_of(written)]
    assert found.table.report.noticed == {}


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%d-%m-%Y at %H:%M", "15-07-2021 at 12:00", datetime(2021, 7, 15, 11)),
        ("%Y-%m-05 %H:%M", "2021-07-05 12:00", datetime(2021, 7, 1, 11)),
        ("%Y-%m-%d %H-%M-00", "2021-07-15 12-00-00", datetime(2021, 7, 15, 11)),
        ("Zeit: %Y-%m-%d %H:%M", "Zeit: 2021-07-15 12:00", datetime(2021, 7, 15, 11)),
        ("%Y-%m-%d %H:%M %%z", "2021-07-15 12:00 %z", datetime(2021, 7, 15, 11)),
        ("%Y %H:%M:%S +0000 %d %b", "2021 12:00:00 +0000 15 Jul", datetime(2021, 7, 15, 12)),
        ("UTC %Y-%m-%d %H:%M", "UTC 2021-07-15 12:00", datetime(2021, 7, 15, 12)),
        ("%Y-%m-%dT%H:%M:%S%z", "2021-07-15T12:00:00Z", datetime(2021, 7, 15, 12)),
    ],
)
def test_only_an_offset_in_the_format_is_one(read: Read, form: str, text: str, expected: datetime):
    assert read(csv(text), f"{LONDON}, time_format: '{form}'").column("t") == [expected]


@pytest.mark.parametrize(
    ("form", "unit"),
    [("unix", 10**6), ("unix_ms", 10**3), ("unix_us", 1), ("unix_ns", Fraction(1, 1000))],
)
@pytest.mark.parametrize("written", ["{}", "{}.0"])
def test_counts_since_1970_are_read_to_the_microsecond(
    read: Read, form: str, unit: Fraction, written: str
):
    at = datetime(2021, 7, 15, 12, 34, 56, 789_123) if unit <= 1 else datetime(2021, 7, 15, 12)
    ticks = (at - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    found = read(csv(written.format(int(ticks / Fraction(unit)))), f"{LONDON}, time_format: {form}")
    assert found.column("t") == [at]


def test_a_format_and_known_at_are_local_too(read: Read):
    declared = LONDON + ", time_format: '%d/%m/%Y %H:%M', known_at: {y: later}"
    found = read("t,later,y\n15/07/2021 12:00,16/07/2021 12:00,1\n", declared)
    assert found.column("t") == [datetime(2021, 7, 15, 11)]
    assert found.column("later") == [datetime(2021, 7, 16, 11)]


def test_tables_of_two_zones_lie_on_one_line_of_time(tmp_path: Path):
    for name, text in (("london", "2021-07-15 12:00:00"), ("tokyo", "2021-07-15 20:00:00")):
        pq.write_table(pa.table({"t": [text], "y": [1]}), tmp_path / f"{name}.parquet")
    tables = {
        "london": {"source": "london.parquet", "time": "t", "time_zone": "Europe/London"},
        "tokyo": {"source": "tokyo.parquet", "time": "t", "time_zone": "Asia/Tokyo"},
    }
    tree = {
        "shop": "s",
        "tables": tables,
        "tasks": {"q": {"rows": "london", "label": "y"}},
        "split": {"by": "id"},
    }
    database = read_database(parse_spec(yaml.safe_dump(tree)), tmp_path)
    ends = {name: table.report.last for name, table in database.tables.items()}
    assert ends == dict.fromkeys(tables, "2021-07-15T11:00:00")


@pytest.mark.parametrize("zone", ["Europe/Londn", "../London", "Europe", "BST+1x"])
def test_a_zone_that_does_not_exist_is_named_with_its_nearest(read: Read, zone: str):
    with pytest.raises(SpecError) as error:
        read(csv("2021-07-15"), f"time: t, time_zone: '{zone}'")
    assert error.value.problem.startswith(f"tables.events.time_zone: no time zone {zone!r}.")
    assert "IANA name, like Europe/London" in error.value.problem
    assert ("Did you mean 'Europe/London'?" in error.value.problem) == ("ond" in zone)
