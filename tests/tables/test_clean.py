"""Rows that break a promise are set aside with the reason; every row is accounted for."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from banian.errors import SpecError, TableError

Read = Callable[..., Any]


def accounted(found: Any) -> None:
    """Every row is either kept or in quarantine with the reason under which it was counted."""
    report = found.table.report
    assert report.read == report.kept + sum(report.rejected.values())
    reasons = Counter(reason.partition(": ")[0] for reason, _ in found.quarantine())
    counted = Counter({r.partition(": ")[0]: times for r, times in report.rejected.items()})
    assert reasons == counted
    assert len(found.column("y")) == report.kept


def test_every_rejected_row_is_in_quarantine_with_its_reason(read: Read):
    found = read(
        "t,k,y\n2020-01-01,1,5\n,2,5\nsoon,3,5\n1850-01-01,4,5\n2200-01-01,5,5\n2020-01-01,,5\n"
        "2020-01-02,7,0\n2020-01-01,1,5\n1,2,3,4\n1,2\n2199-12-31,8,5\n",
        "time: t, key: k, where: y > 1",
    )
    accounted(found)
    assert found.table.report.rejected == {
        "does not satisfy: y > 1": 1,
        "k appears again": 1,
        "k is missing": 1,
        "not a row of this table": 2,
        "t is missing": 1,
        "t is not a time": 1,
        "t lies outside 1900 to 2200": 2,
    }
    reasons = {reason.partition(": ")[0]: json.loads(row) for reason, row in found.quarantine()}
    assert reasons["t is not a time"] == {"t": "soon", "k": "3", "y": "5"}
    assert reasons["k is missing"] == {"t": "2020-01-01", "k": None, "y": "5"}
    assert reasons["not a row of this table"]["line"] in ("1,2,3,4", "1,2")
    assert found.column("k") == [1, 8]
    assert (found.table.report.first, found.table.report.last) == (
        "2020-01-01T00:00:00",
        "2199-12-31T00:00:00",
    )


def test_a_key_that_most_rows_share_is_no_key(read: Read):
    with pytest.raises(TableError) as error:
        read("k,y\n7,1\n7,2\n7,3\n8,4\n7,5\n", "key: k")
    assert error.value.problem == "tables.events.key: 3 of 5 rows repeat the k of another row."
    assert "as an entity: ENTITY: {from: events, key: k}" in error.value.remedy


def test_half_of_the_rows_may_repeat_a_key(read: Read):
    assert read("k,y\n7,1\n7,2\n", "key: k").table.report.rejected == {"k appears again": 1}


def test_a_clean_table_has_an_empty_quarantine(read: Read):
    found = read("t,y\n2020-01-01,5\n", "time: t")
    accounted(found)
    assert found.quarantine() == []
    assert found.table.report.rejected == {}
    assert found.table.report.noticed == {}


def test_a_line_with_many_faults_is_rejected_once(read: Read):
    found = read("a,b,y\n1,2,3\n1,2,3,4,5,6,7\n4,5,6\n")
    accounted(found)
    assert found.table.report.rejected == {"not a row of this table": 1}
    assert found.table.report.read == 3


def test_lines_that_are_not_utf8_are_set_aside(read: Read):
    """The other letters show that the file is UTF-8; a file without them has another encoding, and is refused."""
    found = read(b"x,y\ncaf\xc3\xa9,1\ncaf\xe9,2\nb,3\n")
    accounted(found)
    assert found.column("x") == ["café", "b"]
    ((reason, line),) = found.quarantine()
    assert reason == "not a row of this table: it is not UTF-8"
    assert json.loads(line) == {"number": 3, "line": "caf\ufffd,2"}


def test_quoted_commas_and_line_breaks_are_part_of_a_value(read: Read):
    found = read('x,y\n"a, ""b""\nc",1\n')
    assert found.column("x") == ['a, "b"\nc']


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_of_rows_with_one_key_the_order_of_the_file_does_not_choose(read: Read, order: list[int]):
    lines = ["7,5,1", "7,2,9", "7,,0", "8,1,1"]
    found = read("k,x,y\n" + "\n".join(lines[at] for at in order) + "\n", "key: k")
    accounted(found)
    rows = sorted(zip(found.column("k"), found.column("x"), found.column("y"), strict=True))
    assert rows == [(7, 2, 9), (8, 1, 1)]
    assert found.table.report.rejected == {"k appears again": 2}


def test_a_row_set_aside_for_another_reason_does_not_use_up_its_key(read: Read):
    found = read("k,t,y\n7,,1\n7,2020-01-01,2\n", "key: k, time: t")
    accounted(found)
    assert found.column("y") == [2]
    assert found.table.report.rejected == {"t is missing": 1}


def test_copies_are_noticed_and_kept(read: Read):
    found = read("x,y\n1,2\n1,2\n1,2\n3,4\n")
    assert found.table.report.noticed == {"exact copies of another row": 2}
    assert found.table.report.kept == 4


TIMES = [
    ("2020-01-02", "", datetime(2020, 1, 2)),
    ("2020-01-02 03:04:05", "", datetime(2020, 1, 2, 3, 4, 5)),
    (" 2020-01-02T03:04:05.250 ", "", datetime(2020, 1, 2, 3, 4, 5, 250_000)),
    ("2020-01-02T00:30:00+02:00", "", datetime(2020, 1, 1, 22, 30)),
    ("2020-01-02T00:30:00Z", "", datetime(2020, 1, 2, 0, 30)),
    ("25/12/2020 8:30", "'%d/%m/%Y %H:%M'", datetime(2020, 12, 25, 8, 30)),
    ("1577934245", "unix", datetime(2020, 1, 2, 3, 4, 5)),
    ("1577934245.5", "unix", datetime(2020, 1, 2, 3, 4, 5, 500_000)),
    ("1577934245250", "unix_ms", datetime(2020, 1, 2, 3, 4, 5, 250_000)),
]


@pytest.mark.parametrize(("text", "form", "expected"), TIMES)
def test_times_become_utc(read: Read, text: str, form: str, expected: datetime):
    found = read(f"t,y\n{text},1\n", "time: t" + (f", time_format: {form}" if form else ""))
    assert found.column("t") == [expected]


def test_whole_numbers_of_a_parquet_file_can_be_times(read: Read):
    table = pa.table({"t": [1577934245], "y": [1]})
    assert read(table, "time: t, time_format: unix").column("t") == [datetime(2020, 1, 2, 3, 4, 5)]


def test_the_format_of_times_holds_for_all_of_them(read: Read):
    declared = "time: t, time_format: '%d/%m/%Y', known_at: {y: later}"
    found = read("t,later,y\n25/12/2020,26/12/2020,1\n", declared)
    assert found.column("later") == [datetime(2020, 12, 26)]


def test_one_unreadable_time_costs_its_row_only(read: Read):
    found = read("t,y\n2020-01-01,1\n13/13/2020,2\n2020-01-03,3\n", "time: t")
    accounted(found)
    assert found.column("y") == [1, 3]
    assert found.table.report.rejected == {"t is not a time": 1}


@pytest.mark.parametrize(
    ("content", "example"),
    [
        (
            "t,y\n25/12/2020,1\n24/12/2020,2\n,3\n",
            "2 of 2 values of 't' are not times, for example '25/12/2020'",
        ),
        (pa.table({"t": [1577934245], "y": [1]}), "1 of 1 values of 't' are not times"),
    ],
)
def test_a_wrong_format_of_times_is_an_error_with_example_and_remedy(
    read: Read, content: Any, example: str
):
    with pytest.raises(TableError) as error:
        read(content, "time: t")
    assert error.value.problem.startswith(f"tables.events: {example}")
    assert "time_format: '%d/%m/%Y %H:%M', or unix or unix_ms" in error.value.remedy


def test_a_wrong_format_of_known_at_is_an_error_too(read: Read):
    with pytest.raises(TableError, match="2 of 2 values of 'later' are not times"):
        read(
            "t,later,y\n2020-01-01,25/12/2020,1\n2020-01-01,,2\n2020-01-01,24/12/2020,2\n",
            "time: t, known_at: {y: later}",
        )


def test_a_format_that_does_not_exist_is_an_error(read: Read):
    with pytest.raises(SpecError) as error:
        read("t,y\n1,2\n", "time: t, time_format: '%Q'")
    assert "tables.events: Invalid Input Error: Failed to parse format" in error.value.problem
    assert error.value.remedy == "Correct the table's time_format or where."


def test_derived_columns_can_be_derived_from(read: Read):
    found = read("a,y\n2,3\n,4\n", "derive: {b: a * y, c: b + 1, d: b > 5}, where: c IS NOT NULL")
    accounted(found)
    assert found.column("c") == [7]
    assert found.column("d") == [True]
    assert found.kinds() == {"a": "whole", "b": "whole", "c": "whole", "d": "boolean", "y": "whole"}


FAULTS = [
    ("key: kk", "tables.events.key: events.csv has no column 'kk'.", "Did you mean 'k'?"),
    ("time: tt", "tables.events.time: events.csv has no column 'tt'.", "There are: k, t, y."),
    ("scene: x", "tables.events.scene: events.csv has no column 'x'.", "There are: k, t, y."),
    ("known_at: {x: 3d}, time: t", "tables.events.known_at.x: events.csv has no column 'x'.", ""),
    ("known_at: {y: u}, time: t", "tables.events.known_at.y: events.csv has no column 'u'.", ""),
    ("derive: {z: kk + 1}", "tables.events.derive.z: no column 'kk' in 'kk + 1'.", "'k'"),
    ("where: kk > 1", "tables.events.where: no column 'kk' in 'kk > 1'.", "Did you mean 'k'?"),
    ("where: t > 1", "tables.events.where: 't > 1' does not fit the types", "Compare numbers"),
    ("derive: {Y: k + 1}", "tables.events.derive.Y: events.csv already has a column", "another"),
    ("derive: {z: k, Z: k}", "tables.events.derive.Z: events.csv already has a column", "another"),
    ("derive: {z: t}, time: z", "tables.events.derive.z: a time cannot be derived.", "Name a"),
    ("derive: {z: k * k * k}", "tables.events.derive.z: 'k * k * k' cannot be computed", "smaller"),
]


@pytest.mark.parametrize(("declared", "problem", "remedy"), FAULTS)
def test_a_declaration_that_does_not_fit_the_file_is_named(
    read: Read, declared: str, problem: str, remedy: str
):
    with pytest.raises(SpecError) as error:
        read("k,t,y\n4000000000,2020-01-01,1\n", declared)
    assert error.value.problem.startswith(problem)
    assert remedy in error.value.remedy


def test_names_that_the_stages_use_are_refused(read: Read):
    with pytest.raises(
        TableError, match="There is a column 'Banian row', and such names are taken"
    ):
        read("Banian row,y\n1,2\n")
