"""A table is the same table whatever form it has; what differs is written down here and in docs/tables.md."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from postgres import Server
from writers import FORMS, Columns, write, write_sheet

from banian.errors import DependencyError, TableError
from banian.spec import parse_spec
from banian.tables import read_database

Read = Callable[..., Any]
KINDS = {"n": "whole", "d": "decimal", "s": "text", "t": "time", "b": "boolean"}
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Cs")), max_size=5)
TEXTS = st.sampled_from(["00123", "a'\"\\,;\t#é", "NULL"]) | TEXTS.map("x".__add__)


def absent(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


@st.composite
def tables(draw: st.DrawFn) -> Columns:
    """Draw tables of every kind; the first row fixes the kinds, and texts begin with a letter."""
    moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))
    moments = moments.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))
    row = st.tuples(
        absent(st.integers(-(10**14), 10**14)),
        absent(st.decimals(-(10**6), 10**6, places=2)),
        absent(TEXTS),
        moments,
        absent(st.booleans()),
    )
    rows = [
        (7, Decimal("0.25"), "00123", datetime(2020, 1, 1), True),
        *draw(st.lists(row, max_size=9)),
    ]
    return {name: list(values) for name, values in zip(KINDS, zip(*rows, strict=True), strict=True)}


def same(found: Any, columns: Columns, *, kinds: dict[str, str] = KINDS) -> None:
    assert found.kinds() == kinds
    for name, values in columns.items():
        assert found.column(name) == values, name
    assert found.table.report.kept == len(columns["n"])
    assert found.quarantine() == []


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(columns=tables())
def test_a_table_is_the_same_in_every_form(read: Read, tmp_path: Path, columns: Columns):
    for form in FORMS:
        found = read(None, "time: t", name=write(tmp_path, form, columns))
        stored = {**columns, "b": [None if b is None else int(b) for b in columns["b"]]}
        if form == "sqlite":  # it has no truth values
            same(found, stored, kinds=KINDS | {"b": "whole"})
        else:
            same(found, columns)


def literal(value: Any) -> str:
    if value is None or isinstance(value, bool | int | Decimal):
        return "NULL" if value is None else str(value)
    return "'" + str(value).replace("'", "''") + "'"


def test_a_table_of_a_server_is_the_same(read: Read, postgres: Server):
    columns: Columns = {
        "n": [1, None, -(2**62)],
        "d": [Decimal("0.25"), Decimal("19.99"), None],
        "s": ["00123", "a'\"\\,\n é", None],
        "t": [datetime(2020, 1, 1), datetime(1990, 5, 5, 1, 2, 3, 456789), datetime(2100, 1, 1)],
        "b": [True, None, False],
    }
    with adbc.connect(postgres.url("x").partition("#")[0]) as server, server.cursor() as cursor:
        cursor.execute("CREATE TABLE events (n int8, d numeric, s text, t timestamp, b bool)")
        for row in zip(*columns.values(), strict=True):
            marks = ", ".join(map(literal, row))
            cursor.execute(f"INSERT INTO events VALUES ({marks})")
        server.commit()
    same(read(None, "time: t", name=postgres.url("events")), columns)
    same(read(None, "time: t", name=postgres.url("public.events")), columns)


def test_types_that_arrow_lacks_come_from_a_server_as_text(read: Read, postgres: Server):
    with adbc.connect(postgres.url("x").partition("#")[0]) as server, server.cursor() as cursor:
        cursor.execute('CREATE SCHEMA "odd one"')
        cursor.execute(
            'CREATE VIEW "odd one"."My.View" AS SELECT 1::int2 AS y, '
            "'6f2c0a52-8d1f-4d0e-9c3b-0a4b8d6c1e11'::uuid AS u, 'x'::char(3) AS c, "
            "'{\"a\": 1.50}'::json AS j, ARRAY[1, 2] AS l, '1 day'::interval AS i, 'NaN'::numeric AS nan, "
            "timestamptz '2020-01-02 03:04:05+02' AS t, timestamptz 'infinity' AS never, "
            "date '2020-01-02' AS day, 0.1::float4 AS f, 12345678901234567890::numeric AS long"
        )
        server.commit()
    found = read(None, "time: t", name=postgres.url("odd one.My.View"))
    values = {name: found.column(name)[0] for name in found.table.types}
    assert values == {
        "y": 1,
        "u": "6f2c0a52-8d1f-4d0e-9c3b-0a4b8d6c1e11",
        "c": "x",
        "j": '{"a": 1.50}',
        "l": "{1,2}",
        "i": "1 day",
        "nan": "NaN",
        "t": datetime(2020, 1, 2, 1, 4, 5),
        "never": None,
        "day": datetime(2020, 1, 2),
        "f": Decimal("0.1"),
        "long": "12345678901234567890",
    }


def test_many_rows_keep_their_order(read: Read, tmp_path: Path):
    columns = {"y": list(range(50_001))}
    for form in ("jsonl", "sqlite"):
        assert read(None, name=write(tmp_path, form, columns)).column("y") == columns["y"]


def test_json_lines_keep_every_digit_and_set_aside_what_is_no_object(read: Read):
    found = read(
        b'{"x": 1.10, "y": 1, "z": {"a": [1.50, "b", null, true]}, "q": "00123"}\n'
        b'\n{"y": 12345678901234567, "new": "\xc3\xa9"}\r\n'
        b'{bad\n[1]\n{"y": "\\ud800"}\n{"y": "\xff"}\n{"x": NaN, "y": 2}',
        name="events.jsonl",
    )
    assert found.column("x") == [Decimal("1.1"), None, None]
    assert found.column("y") == [1, 12345678901234567, 2]
    assert found.column("z")[0] == '{"a":[1.50,"b",null,true]}'
    assert found.column("q")[0] == "00123"
    assert found.column("new") == [None, "é", None]
    assert found.table.report.rejected == {"not a row of this table": 4}
    assert found.quarantine() == [
        ("not a row of this table: it is not JSON", '{"number":4,"line":"{bad"}'),
        (
            "not a row of this table: it is not UTF-8",
            '{"number":6,"line":"{\\"y\\": \\"\\\\ud800\\"}"}',
        ),
        (
            "not a row of this table: it is not UTF-8",
            '{"number":7,"line":"{\\"y\\": \\"\ufffd\\"}"}',
        ),
        ("not a row of this table: it is not an object", '{"number":5,"line":"[1]"}'),
    ]


def test_cells_are_read_as_excel_shows_them(read: Read, tmp_path: Path):
    rows = [
        ["id", "x", "mixed", "t", None, "y"],
        ["00123", 0.1 + 0.2, 17, datetime(2020, 1, 2, 23, 59, 59, 999000), None, 1],
        [None] * 6,
        ["00124", "2.5", "A17", datetime(2020, 1, 3), None, 0],
    ]
    write_sheet(tmp_path / "events.xlsx", "Orders 2020", rows)
    found = read(None, "time: t", name="events.xlsx")
    assert found.kinds() == {
        "id": "text",
        "x": "decimal",
        "mixed": "text",
        "t": "time",
        "y": "whole",
    }
    assert found.column("x") == [Decimal("0.3"), Decimal("2.5")]
    assert found.column("mixed") == ["17", "A17"]
    assert found.column("t") == [datetime(2020, 1, 2, 23, 59, 59, 999000), datetime(2020, 1, 3)]


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        (["a", None, "y"], "values in column 2, and no name"),
        (["a", "A", "y"], "differ only in case"),
    ],
)
def test_a_sheet_whose_columns_have_no_names_of_their_own_is_refused(
    read: Read, tmp_path: Path, head: list[Any], problem: str
):
    write_sheet(tmp_path / "events.xlsx", "s", [head, [1, 2, 3]])
    with pytest.raises(TableError, match=problem):
        read(None, name="events.xlsx")


def test_sqlite_values_are_typed_by_what_they_are(read: Read, tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "events.db")) as file, file:
        file.execute("CREATE TABLE events (id INTEGER, price REAL, code TEXT, raw BLOB, y INT)")
        rows = [(i, i + 0.5, f"{i:05}", b"\xff", 1) for i in range(200)]
        rows[7] = (7, "free", "00007", b"", 1)
        file.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)
        file.execute("INSERT INTO events VALUES (1, 1, CAST(x'ff' AS TEXT), NULL, 1)")
        file.execute("CREATE VIEW half AS SELECT * FROM events WHERE id % 2")
    found = read(None, name="events.db#events")
    assert found.kinds() == {
        "id": "whole",
        "price": "decimal",
        "code": "text",
        "raw": "text",
        "y": "whole",
    }
    assert found.column("price")[6:9] == [Decimal("6.5"), None, Decimal("8.5")]
    assert found.column("raw")[6:8] == ["ff", None]
    assert found.table.report.noticed["price is not a number"] == 1
    assert found.quarantine() == [
        ("not a row of this table: code is not UTF-8", '{"number":201,"line":null}')
    ]
    assert read(None, name="events.db#half").table.report.kept == 100


def test_a_table_of_another_schema_of_a_duckdb_file(read: Read, tmp_path: Path):
    with duckdb.connect(str(tmp_path / "a'b.duckdb")) as file:
        file.execute("CREATE SCHEMA sales; CREATE TABLE sales.events AS SELECT 2 AS y")
        file.execute("CREATE TABLE events AS SELECT 1 AS y")
    assert read(None, name="a'b.duckdb#sales.events").column("y") == [2]
    assert read(None, name="a'b.duckdb#events").column("y") == [1]


@pytest.mark.parametrize("form", ["duckdb", "sqlite", "xlsx"])
def test_two_tables_may_come_from_one_file(tmp_path: Path, form: str):
    source = write(tmp_path, form, {"k": [1, 2], "y": [3, 4]})
    spec = parse_spec(
        f"shop: s\ntables: {{a: {{source: {source!r}}}, b: {{source: {source!r}, key: k}}}}\n"
        "tasks: {t: {rows: a, label: y}}\nsplit: {by: id}\n"
    )
    database = read_database(spec, tmp_path)
    assert [table.report.kept for table in database.tables.values()] == [2, 2]


def test_a_place_of_several_tables_wants_a_name(read: Read, tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "shop.db")) as file, file:
        file.execute("CREATE TABLE orders (y)")
        file.execute("CREATE TABLE lines (y)")
    with pytest.raises(TableError) as error:
        read(None, name="shop.db")
    assert error.value.problem == "tables.events: shop.db holds 2 tables."
    assert error.value.remedy == "Name one: shop.db#lines, shop.db#orders"
    with pytest.raises(TableError) as error:
        read(None, name="shop.db#order")
    assert error.value.problem == "tables.events: shop.db holds no table 'order'."
    assert error.value.remedy == "Did you mean 'orders'? There are: lines, orders."


@pytest.mark.parametrize(
    ("source", "module", "extra"),
    [
        ("events.xlsx", "python_calamine", "excel"),
        ("postgresql://h/d#t", "adbc_driver_postgresql.dbapi", "postgres"),
    ],
)
def test_a_library_that_is_missing_is_named_before_anything_is_read(
    read: Read,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    module: str,
    extra: str,
):
    (tmp_path / "events.xlsx").touch()
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(DependencyError) as error:
        read(None, name=source)
    assert error.value.remedy == f'pip install "banian[{extra}]"'


def test_a_large_table_passes_through_in_batches(tmp_path: Path):
    from banian.tables.sources.sqlite import SqliteTable

    with closing(sqlite3.connect(tmp_path / "a.db")) as file, file:
        file.execute("CREATE TABLE a (x)")
        file.executemany("INSERT INTO a VALUES (?)", ((i,) for i in range(45_000)))
    batches = SqliteTable(tmp_path / "a.db", None).batches(["x"])
    assert [batch.num_rows for batch in batches] == [20_000, 20_000, 5_000]
