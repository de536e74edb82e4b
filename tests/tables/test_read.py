"""Files of every kind are read; a broken one is an error that says what to do."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from banian.errors import TableError
from banian.spec import parse_spec
from banian.tables import Database, read_database

Read = Callable[..., Any]
TEXT = "x,y\n1,2\n3,4\n"
PACKED = gzip.compress(TEXT.encode(), mtime=0)
DAMAGED = PACKED[:-8] + bytes([PACKED[-8] ^ 1]) + PACKED[-7:]  # its sum says other bytes
LONG = "x,y\n" + "".join(f"{i * 7919},1\n" for i in range(20_000))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("events.csv", TEXT.encode()),
        ("events.csv", TEXT.replace(",", ";").encode()),
        ("events.csv", b"\xef\xbb\xbf" + TEXT.encode()),
        ("events.csv", TEXT.replace("\n", "\r\n").encode()),
        ("events.csv.gz", gzip.compress(TEXT.encode(), mtime=0)),
        ("events.tsv", TEXT.replace(",", "\t").encode()),
        ("events.tsv.gz", gzip.compress(TEXT.replace(",", "\t").encode(), mtime=0)),
        ("events.parquet", pa.table({"x": [1, 3], "y": [2, 4]})),
    ],
    ids=[
        "commas",
        "semicolons",
        "byte order mark",
        "CRLF",
        "gzip",
        "tabs",
        "tabs, gzip",
        "Parquet",
    ],
)
def test_one_table_in_many_forms(read: Read, name: str, content: bytes | pa.Table):
    found = read(content, name=name)
    assert (found.column("x"), found.column("y")) == ([1, 3], [2, 4])
    assert found.kinds() == {"x": "whole", "y": "whole"}
    assert found.table.report.read == found.table.report.kept == 2


BROKEN = [
    (
        "events.csv",
        b"",
        "tables.events: events.csv: the file is empty.",
        "still has a header",
    ),
    (
        "events.csv.gz",
        gzip.compress(LONG.encode(), mtime=0)[:9000],
        "events.csv.gz is broken",
        "Copy or",
    ),
    ("events.csv.gz", TEXT.encode(), "tables.events: events.csv.gz is broken", "Copy or export"),
    ("events.parquet", TEXT.encode(), "tables.events: events.parquet is broken", "Copy or export"),
    ("events.csv.gz", DAMAGED, "events.csv.gz is broken: CRC check failed", "Copy or export"),
    ("events.jsonl", b"", "tables.events: There are no columns to read.", "Check that this is"),
    ("events.jsonl", b"{}", "tables.events: There are no columns to read.", "Check that this is"),
    (
        "events.jsonl",
        b"[{\n1}]\n",
        "tables.events: events.jsonl: 2 of 2 rows cannot be read. The first is line 1: it is not JSON.",
        "Correct the file",
    ),
    ("events.jsonl.gz", b"{}", "events.jsonl.gz is broken: Not a gzipped file", "Copy or export"),
    ("events.xlsx", b"x", "tables.events: events.xlsx is broken", "Copy or export"),
    ("events.sqlite", b"x" * 999, "events.sqlite is broken: file is not a database", "Copy or"),
    ("events.duckdb", b"x" * 9999, "tables.events: events.duckdb is broken", "Copy or export"),
]


@pytest.mark.parametrize(
    ("name", "content", "problem", "remedy"),
    BROKEN,
    ids=[
        "empty",
        "truncated",
        "not gzip",
        "not Parquet",
        "gzip of another sum",
        "empty JSON lines",
        "JSON lines without a name",
        "no JSON lines",
        "JSON lines not gzip",
        "not Excel",
        "not SQLite",
        "not DuckDB",
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(
    read: Read, name: str, content: bytes, problem: str, remedy: str
):
    with pytest.raises(TableError) as error:
        read(content, name=name)
    assert problem in error.value.problem
    assert remedy in error.value.remedy


def test_a_table_of_which_nothing_is_usable_is_an_error(read: Read):
    with pytest.raises(
        TableError, match=r"no rows in events.csv are usable \(does not satisfy: y > 9: 2\)"
    ):
        read(TEXT, "where: y > 9")


def test_a_missing_file_is_named_with_what_is_there(tmp_path: Path):
    (tmp_path / "orders.csv").write_text(TEXT)
    (tmp_path / "notes.txt").write_text("")
    spec = parse_spec(
        "shop: s\ntables: {events: {source: order.csv}}\n"
        "tasks: {t: {rows: events, label: y}}\nsplit: {by: id}\n"
    )
    with pytest.raises(TableError) as error:
        read_database(spec, tmp_path)
    assert error.value.problem == f"tables.events: there is no file {tmp_path / 'order.csv'}."
    assert error.value.remedy == (
        "Say where the files lie: --data DIR. Did you mean 'orders.csv'? There are: orders.csv."
    )


def read_shop(folder: Path, tables: dict[str, tuple[dict[str, Any], pa.Table]]) -> Database:
    declared = {}
    for name, (table, content) in tables.items():
        pq.write_table(content, folder / f"{name}.parquet")
        declared[name] = {"source": f"{name}.parquet"} | table
    tasks = {"t": {"rows": next(iter(tables)), "label": "y"}}
    tree = {"shop": "s", "tables": declared, "tasks": tasks, "split": {"by": "id"}}
    return read_database(parse_spec(yaml.safe_dump(tree)), folder)


def test_links_to_nowhere_and_missing_links_are_counted_and_kept(tmp_path: Path):
    database = read_shop(
        tmp_path,
        {
            "events": (
                {"links": {"who": "people"}},
                pa.table({"who": [1, 1, 9, 8, None], "y": [1, 2, 3, 4, 5]}),
            ),
            "people": ({"key": "id"}, pa.table({"id": [1, 2]})),
        },
    )
    report = database.tables["events"].report
    assert report.noticed == {
        "who is missing": 1,
        "who names no row of people, 50% of its values. Check that people is complete and writes id "
        "the way that events writes who, or declare people: {from: events, key: who}": 2,
    }
    assert report.kept == 5


def test_keys_that_were_typed_differently_are_compared_as_text(tmp_path: Path):
    database = read_shop(
        tmp_path,
        {
            "events": ({"links": {"who": "people"}}, pa.table({"who": [1, 2, 9], "y": [1, 2, 3]})),
            "people": ({"key": "id"}, pa.table({"id": ["1", "2", "C3"]})),
        },
    )
    who = database.tables["events"].rows.order_by("y").who.to_pyarrow().to_pylist()
    assert who == ["1", "2", "9"]
    ((fault, times),) = database.tables["events"].report.noticed.items()
    assert fault.startswith("who names no row of people, 33% of its values. Check")
    assert times == 1


def linked(folder: Path, nowhere: int) -> Database:
    who = [1] * (100 - nowhere) + [9] * nowhere
    events = ({"links": {"who": "people"}}, pa.table({"who": who, "y": range(100)}))
    people = ({"key": "id"}, pa.table({"id": [1, 2]}))
    return read_shop(folder, {"events": events, "people": people})


def test_a_few_links_to_nowhere_are_counted_without_advice(tmp_path: Path):
    report = linked(tmp_path, 9).tables["events"].report
    assert report.noticed == {"who names no row of people": 9}


def test_many_links_to_nowhere_are_a_share_with_advice(tmp_path: Path):
    report = linked(tmp_path, 40).tables["events"].report
    (fault,) = report.noticed
    assert fault.startswith("who names no row of people, 40% of its values. Check")
    assert (report.noticed[fault], report.kept) == (40, 100)


def test_links_none_of_which_leads_anywhere_are_refused(tmp_path: Path):
    with pytest.raises(TableError) as error:
        linked(tmp_path, 100)
    problem = "tables.events.links.who: none of 100 values names a row of 'people'."
    assert error.value.problem == problem
    assert "or declare people: {from: events, key: who}" in error.value.remedy


def test_new_data_may_link_to_nowhere_only(tmp_path: Path):
    known = linked(tmp_path, 40)
    pq.write_table(pa.table({"who": [9], "y": [1]}), tmp_path / "events.parquet")
    assert read_database(known.spec, tmp_path, types=known.types).tables["events"].report.kept == 1


def test_the_newest_row_of_any_table_is_the_latest_time(tmp_path: Path):
    database = read_shop(
        tmp_path,
        {
            "events": ({"time": "at"}, pa.table({"at": ["2020-01-01T00:00:00.5"], "y": [1]})),
            "visits": ({"time": "at"}, pa.table({"at": ["2020-01-01"], "y": [1]})),
            "people": ({"key": "y"}, pa.table({"y": [1]})),
        },
    )
    latest = database.latest()
    assert latest is not None
    assert latest.isoformat() == "2020-01-01T00:00:00.500000"
    assert database.quarantine.count().to_pyarrow().as_py() == 0


def test_the_next_table_is_announced(tmp_path: Path):
    (tmp_path / "events.csv").write_text(TEXT)
    spec = parse_spec(
        "shop: s\ntables: {events: {source: events.csv}, more: {source: events.csv}}\n"
        "tasks: {t: {rows: events, label: y}}\nsplit: {by: id}\n"
    )
    heard: list[str] = []
    database = read_database(spec, tmp_path, announce=heard.append)
    assert heard == ["events", "more"]
    assert read_database(spec, tmp_path, types=database.types).types == database.types
