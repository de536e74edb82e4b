"""A column's type follows from all of its values, and its values come through it exactly."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banian.schema import ColumnType

Read = Callable[..., Any]
YES = datetime(2020, 1, 1)


def csv(*values: str) -> str:
    return "x,y\n" + "".join(f"{value},{number}\n" for number, value in enumerate(values))


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["17850.0", "13047.0", ""], "whole", [17850, 13047, None]),
        (["9007199254740993", "9007199254740995"], "whole", [2**53 + 1, 2**53 + 3]),
        ([str(2**63 - 1024), "1"], "whole", [2**63 - 1024, 1]),
        (["12345678901234567890", "1"], "text", ["12345678901234567890", "1"]),
        (["007", "12"], "text", ["007", "12"]),
        (["1_000", "2_000"], "text", ["1_000", "2_000"]),
        (["1e3", "2"], "whole", [1000, 2]),
        (["-0.10", "0.20"], "decimal", [Decimal("-0.1"), Decimal("0.2")]),
        ([" 1.25 ", "2.50"], "decimal", [Decimal("1.25"), Decimal("2.5")]),
        (["0.1", "1e-3"], "decimal", [Decimal("0.1"), Decimal("0.001")]),
        (["99999999999999.99", "0.01"], "decimal", [Decimal("99999999999999.99"), Decimal("0.01")]),
        (["true", "False", ""], "boolean", [True, False, None]),
        (["true", "false", "maybe"], "text", ["true", "false", "maybe"]),
        (["1", "0"], "whole", [1, 0]),
        (["NA", "3", "null"], "whole", [None, 3, None]),
        (["NA", "DE"], "text", ["NA", "DE"]),
        (["", ""], "text", [None, None]),
        (["nan", "inf", "1.5"], "text", ["nan", "inf", "1.5"]),
        (["ünï", "a b"], "text", ["ünï", "a b"]),
    ],
)
def test_a_text_column_has_this_type(read: Read, values: list[str], kind: str, expected: list[Any]):
    found = read(csv(*values))
    assert found.kinds()["x"] == kind
    assert found.column("x") == expected


def test_one_unparsable_number_in_a_hundred_is_absent_and_counted(read: Read):
    found = read(csv(*(f"{i}.5" for i in range(99)), "oops"))
    assert found.kinds()["x"] == "decimal"
    assert found.column("x")[98:] == [Decimal("98.5"), None]
    assert found.table.report.noticed["x is not a number"] == 1
    assert found.table.report.kept == 100


def test_more_than_one_in_a_hundred_make_the_column_text(read: Read):
    found = read(csv(*(f"{i}.5" for i in range(98)), "oops"))
    assert found.kinds()["x"] == "text"
    assert found.column("x")[-1] == "oops"


def test_text_that_spoils_a_column_of_numbers_is_counted(read: Read):
    found = read(csv(*(f"{i}.5" for i in range(8)), "oops", "free", ""))
    assert found.kinds()["x"] == "text"
    fault = "x is text, for so many of its values are no numbers"
    assert found.table.report.noticed == {fault: 2}


@pytest.mark.parametrize("values", [["1", "a", "b"], ["007", "8", "9"], ["a", "b", "c"]])
def test_a_column_of_text_is_no_spoiled_column(read: Read, values: list[str]):
    assert read(csv(*values)).table.report.noticed == {}


def test_every_digit_of_a_decimal_is_kept(read: Read):
    found = read(csv("19.99", "0.1", "-3.125"))
    assert found.table.types["x"] == ColumnType("decimal", scale=3)
    assert sum(found.column("x")) == Decimal("16.965")


def test_room_is_left_for_larger_numbers_to_come(read: Read):
    thirds = read(csv("0.3333333333333333", "0.6666666666666666"))
    types = dict(thirds.table.types)
    later = read(csv("321.25", "1"), types=types)
    assert later.column("x") == [Decimal("321.25"), Decimal(1)]


def test_new_data_may_have_more_digits_than_those_of_training(read: Read):
    types = dict(read(csv("5", "9.6")).table.types) | {"x": ColumnType("whole")}
    later = read(csv("10.99", "12000.5", "0.123456789"), types=types)
    assert later.column("x") == [Decimal("10.99"), Decimal("12000.5"), Decimal("0.123456789")]
    assert later.table.report.noticed == {}


def test_one_large_value_rounds_no_other_away(read: Read):
    found = read(csv("0.000125", "0.003999", "1000000000000"))
    assert found.kinds()["x"] == "float"
    assert found.column("x") == [0.000125, 0.003999, 1e12]


def test_dust_does_not_make_floats_of_amounts(read: Read):
    found = read(csv(*(f"{at}.99" for at in range(200)), "5.551115123125783e-17", "123456.25"))
    assert found.kinds()["x"] == "decimal"
    assert found.column("x")[199:] == [Decimal("199.99"), Decimal(0), Decimal("123456.25")]


@settings(
    deadline=None,
    max_examples=6,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.floats(-300, 300), min_size=1, max_size=30),
    st.lists(st.sampled_from([1.0, -1.0]), min_size=30, max_size=30),
)
def test_nearly_every_number_keeps_its_first_digits(
    read: Read, powers: list[float], signs: list[float]
):
    numbers = [sign * 10.0**power for power, sign in zip(powers, signs, strict=False)]
    found = [float(x) for x in read(csv(*map(repr, numbers))).column("x")]
    lost = [abs(a - b) > 1e-5 * abs(b) for a, b in zip(found, numbers, strict=True)]
    assert sum(lost) <= 0.01 * len(numbers)


@pytest.mark.parametrize(
    ("values", "declared", "expected"),
    [
        (
            ["1990-05-03", "2001-12-31", ""],
            "",
            [datetime(1990, 5, 3), datetime(2001, 12, 31), None],
        ),
        (
            ["1990-05-03 04:05", "2001-12-31T23:00:00Z"],
            "",
            [datetime(1990, 5, 3, 4, 5), datetime(2001, 12, 31, 23)],
        ),
        (
            ["03/05/1990", "31/12/2001"],
            "time: t, time_format: '%d/%m/%Y'",
            [datetime(1990, 5, 3), datetime(2001, 12, 31)],
        ),
    ],
)
def test_a_column_of_dates_is_a_column_of_times(
    read: Read, values: list[str], declared: str, expected: list[Any]
):
    text = "x,t,y\n" + "".join(f"{value},01/01/2020,1\n" for value in values)
    found = read(text, declared)
    assert (found.kinds()["x"], found.column("x")) == ("time", expected)


@pytest.mark.parametrize(
    "values", [["2020-13-01"], ["2020-01-01", "soon"], ["2020"], ["20200101"], ["10-11"]]
)
def test_what_is_only_like_a_date_is_none(read: Read, values: list[str]):
    assert read(csv(*values)).kinds()["x"] != "time"


def test_what_gives_no_feature_is_said(read: Read):
    columns = {
        "lists": pa.array([[1], None]),
        "structs": pa.array([{"a": 1}, {"a": 2}]),
        "clock": pa.array([time(1), None]),
        "bytes": pa.array([b"a", b"b"]),
    }
    noticed = read(pa.table(columns | {"y": [1, 0]})).table.report.noticed
    assert noticed == {
        "bytes holds bytes, of which no feature is made": 2,
        "clock holds times of day, of which no feature is made": 1,
        "lists holds lists, of which no feature is made": 1,
        "structs holds structs, of which no feature is made": 2,
    }


def test_known_types_win_over_what_one_would_infer(read: Read):
    types = {"x": ColumnType("text"), "y": ColumnType("whole")}
    assert read(csv("1", "2"), types=types).column("x") == ["1", "2"]


def test_what_does_not_fit_a_known_type_is_absent_and_counted(read: Read):
    types = {"x": ColumnType("whole"), "y": ColumnType("whole")}
    found = read(csv("1.5", "many", "2.0"), types=types)
    assert found.column("x") == [Decimal("1.5"), None, Decimal(2)]
    assert found.table.report.noticed == {"x is not a number": 1}


def test_a_column_that_is_new_to_known_types_is_left_out(read: Read):
    assert set(read(csv("1"), types={"y": ColumnType("whole")}).table.types) == {"y"}


PARQUET: dict[str, tuple[pa.Array, str, list[Any]]] = {
    "float": (pa.array([1.5, 2.0]), "decimal", [Decimal("1.5"), Decimal(2)]),
    "whole float": (pa.array([17850.0, None]), "whole", [17850, None]),
    "nan": (pa.array([1.5, float("nan")]), "decimal", [Decimal("1.5"), None]),
    "inf": (pa.array([1.0, float("inf")]), "whole", [1, None]),
    "only inf": (pa.array([float("inf"), None]), "decimal", [None, None]),
    "huge": (pa.array([1e300, 2.0]), "float", [1e300, 2.0]),
    "float32": (pa.array([0.25, 0.1], pa.float32()), "decimal", [Decimal("0.25"), Decimal("0.1")]),
    "int8": (pa.array([1, None], pa.int8()), "whole", [1, None]),
    "uint64": (pa.array([2**53 + 1, 1], pa.uint64()), "whole", [2**53 + 1, 1]),
    "hash": (pa.array([2**63 + 5, 1], pa.uint64()), "text", [str(2**63 + 5), "1"]),
    "decimal": (
        pa.array([Decimal("1.10"), Decimal("2.25")], pa.decimal128(10, 2)),
        "decimal",
        [Decimal("1.10"), Decimal("2.25")],
    ),
    "long decimal": (
        pa.array([Decimal("12345678901234567.5"), None], pa.decimal128(30, 2)),
        "decimal",
        [Decimal("12345678901234567.5"), None],
    ),
    "whole decimal": (pa.array([Decimal(7), None], pa.decimal128(38, 0)), "whole", [7, None]),
    "empty decimal": (pa.nulls(2, pa.decimal128(9, 2)), "decimal", [None, None]),
    "date": (pa.array([date(2020, 1, 1), None]), "time", [YES, None]),
    "nanoseconds": (pa.array([YES, None], pa.timestamp("ns")), "time", [YES, None]),
    "zone": (
        pa.array([datetime(2020, 1, 1, tzinfo=UTC), None], pa.timestamp("us", "Europe/Paris")),
        "time",
        [YES, None],
    ),
    "dictionary": (pa.array(["a", None]).dictionary_encode(), "text", ["a", None]),
    "empty text": (pa.array(["", "a"]), "text", [None, "a"]),
    "boolean": (pa.array([True, None]), "boolean", [True, None]),
    "list": (pa.array([[1, 2], None]), "other", [[1, 2], None]),
    "struct": (pa.array([{"a": 1}, None]), "other", [{"a": 1}, None]),
    "clock": (pa.array([time(1), None]), "other", [time(1), None]),
    "bytes": (pa.array([b"a", None]), "other", [b"a", None]),
    "null": (pa.nulls(2), "other", [None, None]),
}


def test_parquet_columns_of_every_type_are_read(read: Read):
    columns = {name: array for name, (array, _, _) in PARQUET.items()}
    found = read(pa.table(columns | {"y": [1, 0]}))
    assert found.kinds() == {name: kind for name, (_, kind, _) in PARQUET.items()} | {"y": "whole"}
    for name, (_, _, expected) in PARQUET.items():
        assert found.column(name) == expected, name


def test_zero_has_no_sign(read: Read):
    found = read(pa.table({"x": [-0.0, 0.0, 1e12 + 0.5, 3e-9, 1e-9], "y": [1, 2, 3, 4, 5]}))
    assert found.kinds()["x"] == "float"
    assert [str(value) for value in found.column("x")[:2]] == ["0.0", "0.0"]


def test_numbers_that_are_none_are_counted(read: Read):
    found = read(pa.table({"x": [1.5, float("nan"), float("-inf"), None], "y": [1, 2, 3, 4]}))
    assert found.table.report.noticed == {"x is not a number": 2}


def test_nan_is_absent_though_the_least_and_greatest_of_its_file_are_finite(read: Read):
    found = read(pa.table({"x": [1e12 + 0.5, float("nan"), 3e-9], "y": [1, 2, 3]}))
    assert found.kinds()["x"] == "float"
    assert found.column("x") == [1e12 + 0.5, None, 3e-9]
    assert found.table.report.noticed == {"x is not a number": 1}


NAMES = ["key", "at", "ask", "tick", "value", "count", "cutoff", "since", "table", "reason", "row"]
NAMES += ["select", "two words", 'a "quoted" one', "ünï💡", "a.b", "a;b--", "%s", "{x}", "Ÿ"]


def test_columns_keep_their_names_whatever_they_are(read: Read):
    found = read(pa.table({name: [at, None] for at, name in enumerate(NAMES)} | {"y": [1, 0]}))
    for at, name in enumerate(NAMES):
        assert found.column(name) == [at, None]


def test_columns_of_a_csv_file_keep_their_names(read: Read):
    header = ",".join('"' + name.replace('"', '""') + '"' for name in NAMES)
    found = read(f"{header},y\n" + ",".join(map(str, range(len(NAMES)))) + ",1\n")
    assert [found.column(name) for name in NAMES] == [[at] for at in range(len(NAMES))]
