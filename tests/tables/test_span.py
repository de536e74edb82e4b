"""A mistyped year does not move where a table ends; honest rows, however rare, do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from banian.errors import SpecError, TableError
from banian.tables.span import last_usual

Read = Callable[..., Any]
START, DAY, HOUR = datetime(2023, 1, 1), timedelta(days=1), timedelta(hours=1)


def ending(times: list[datetime]) -> datetime:
    """The last time that is taken for one."""
    hours: dict[datetime, list[datetime]] = {}
    for at in sorted(times):
        hours.setdefault(at.replace(minute=0, second=0, microsecond=0), []).append(at)

    def ticks(picked: list[datetime]) -> np.ndarray:
        return np.array(picked, "datetime64[us]").astype(np.int64)

    rows = np.array([len(found) for found in hours.values()])
    first, last = ([found[at] for found in hours.values()] for at in (0, -1))
    return last[last_usual(ticks(first), ticks(last), rows)]


def spread(rows: int, days: float, start: datetime = START, seed: int = 0) -> list[datetime]:
    draws = np.random.default_rng(seed).uniform(0, days, rows)
    return sorted(start + float(draw) * DAY for draw in draws)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(200, 800),
    days=st.integers(20, 1500),
    strays=st.lists(st.integers(0, 60_000), min_size=1, max_size=2),
    seed=st.integers(0, 99),
)
def test_rows_that_are_far_and_few_never_count(
    rows: int, days: int, strays: list[int], seed: int
) -> None:
    usual = spread(rows, days, seed=seed)
    gaps = np.diff([at.timestamp() for at in usual])
    far = usual[-1] + 11 * max(DAY, timedelta(seconds=float(gaps.max())))
    assert ending([*usual, *(far + stray * DAY for stray in strays)]) == usual[-1]


@settings(deadline=None, max_examples=60)
@given(rows=st.integers(1, 800), days=st.integers(1, 4000), seed=st.integers(0, 999))
def test_rows_that_come_by_chance_always_count(rows: int, days: int, seed: int) -> None:
    times = spread(rows, days, seed=seed)
    assert ending(times) == times[-1]


SUMMERS = [at for year in range(3) for at in spread(300, 60, START + 365 * year * DAY, seed=year)]
HONEST = {
    "a small table": [*(START + n * DAY for n in range(15)), START + 900 * DAY],
    "one load and what came since": [START] * 500 + [START + 300 * DAY, START + 301 * DAY],
    "a season that has just begun": [*SUMMERS, START + 1095 * DAY],
    "a second season, told by how it goes on": spread(9000, 60)
    + spread(60, 1, START + 365 * DAY, seed=1),
    "a shop that was shut": spread(3000, 700) + spread(100, 30, START + 760 * DAY),
    "two stretches": spread(300, 100) + spread(60, 20, START + 900 * DAY),
    "ever rarer": [START + 1.5**n * HOUR for n in range(35)],
    "nearly one in eight": spread(70, 100) + [START + 900 * DAY] * 10,
}
FAR = {
    "a season that has a typing error behind it": (
        spread(9000, 60) + spread(60, 1, START + 365 * DAY, seed=1),
        [datetime(2199, 1, 1)],
    ),
    "a year that was mistyped all along, by whom ever": (
        spread(50_000, 365),
        spread(200, 365, datetime(2042, 1, 1)),
    ),
    "what was never done": (spread(800, 200), [datetime(2099, 12, 31)] * 60),
    "next year for this one": (spread(720, 365), [START + 600 * DAY + n * DAY for n in range(7)]),
    "an hour of clicks": (spread(500, 1), [START + 30 * DAY]),
    "both": (spread(720, 365), [datetime(2027, 1, 1), datetime(2199, 1, 1)]),
    "a clock that was unset before": (
        [datetime(1970, 1, 1), *spread(720, 365)],
        [datetime(2050, 1, 1)],
    ),
    "a small table": (spread(30, 60), [datetime(2027, 1, 1)]),
}


@pytest.mark.parametrize("times", HONEST.values(), ids=HONEST)
def test_honest_rows_count_however_late(times: list[datetime]) -> None:
    assert ending(times) == max(times)


@pytest.mark.parametrize(("times", "strays"), FAR.values(), ids=FAR)
def test_typing_errors_do_not(times: list[datetime], strays: list[datetime]) -> None:
    assert ending([*times, *strays]) == max(times)


def lines(*strays: str) -> str:
    days = [(START + n * DAY).isoformat() for n in range(60)]
    return "t,y\n" + "".join(f"{at},1\n" for at in [*days, *strays])


def test_what_lies_far_off_is_said_and_kept(read: Read) -> None:
    found = read(lines("2027-01-01", "1970-01-01", "2199-01-01T10:00:00"), "time: t")
    report = found.table.report
    assert (report.first, report.last) == ("2023-01-01T00:00:00", "2023-03-01T00:00:00")
    assert (report.read, report.kept, report.rejected, report.dates_only) == (63, 63, {}, True)
    before, after = report.noticed.items()
    assert before[0].startswith("t lies far before all others, which begin at 2023-01-01 00:00:00")
    assert after[0].startswith(
        "t lies far after all others, which end at 2023-03-01 00:00:00 (from 2027"
    )
    assert "until: 2023-03-01, or" in after[0]
    assert (before[1], after[1]) == (1, 2)


def test_until_sets_later_rows_aside_with_the_reason(read: Read) -> None:
    found = read(
        lines("2023-03-01T23:59:59", "2023-03-02", "2027-01-01"), "time: t, until: 2023-03-01"
    )
    reason = "t lies after until: 2023-03-01"
    assert found.table.report.rejected == {reason: 2}
    assert [said for said, _ in found.quarantine()] == [reason] * 2
    assert found.table.report.last == "2023-03-01T23:59:59"
    assert found.table.report.noticed == {}


def test_until_says_that_what_lies_far_off_is_right(read: Read) -> None:
    found = read(lines("2027-01-01"), "time: t, until: 2027-12-31")
    assert (found.table.report.last, found.table.report.noticed) == ("2027-01-01T00:00:00", {})


@pytest.mark.parametrize(
    ("until", "kept"),
    [("2023-07-02", 3), ("2023-07-01T12:00:00", 2), ("'2023-07-01T10:30:00+00:00'", 1)],
)
def test_until_is_of_the_clock_of_the_table(read: Read, until: str, kept: int) -> None:
    content = (
        "t,y\n2023-07-01T11:30:00,1\n2023-07-01T12:00:00,1\n2023-07-02T23:30:00,1\n2023-07-03,1\n"
    )
    found = read(content, f"time: t, time_zone: Europe/London, until: {until}")
    assert found.table.report.kept == kept


def test_new_data_go_on_after_until(read: Read) -> None:
    known = read(lines("2023-03-05"), "time: t, until: 2023-03-01")
    assert known.table.report.kept == 60
    again = read(None, "time: t, until: 2023-03-01", types=dict(known.table.types))
    assert (again.table.report.kept, again.table.report.last) == (61, "2023-03-05T00:00:00")


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ("until: 2023-03-01", "until: the table has no time"),
        ("time: t, until: soon", "'soon' is not a time between 1900 and 2200. Write one like"),
        ("time: t, until: 2024", "'2024' is not a time between"),
        ("time: t, until: 9999-12-31", "'9999-12-31 23:59:59.999999' is not a time between"),
    ],
)
def test_an_end_that_is_none_is_refused(read: Read, declared: str, problem: str) -> None:
    with pytest.raises(SpecError, match=problem):
        read(lines(), declared)


def test_an_end_before_all_rows_leaves_none(read: Read) -> None:
    with pytest.raises(TableError, match="no rows in events"):
        read(lines(), "time: t, until: 2020-01-01")
