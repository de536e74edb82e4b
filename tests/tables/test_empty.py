"""A table without rows is a table: its columns are those that its source names, or that are known of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from writers import FORMS, write

from banian.errors import TableError
from banian.schema import ColumnType

Read = Callable[..., Any]
NAMES = ("k", "t", "x", "y")
KNOWN = {
    "k": ColumnType("whole", is_name=True),
    "t": ColumnType("time"),
    "x": ColumnType("decimal", 2),
    "y": ColumnType("whole"),
    "z": ColumnType("decimal", 2),
}
DECLARED = "key: k, time: t, derive: {z: x * 2}, where: y > 0, time_zone: Europe/London"


@pytest.mark.parametrize("form", FORMS)
def test_new_data_may_be_empty_in_every_form(read: Read, tmp_path: Path, form: str):
    columns = {name: pa.array([], pa.string()) for name in NAMES}
    found = read(None, DECLARED, name=write(tmp_path, form, columns), types=KNOWN)
    assert found.kinds() == {name: kind.kind for name, kind in KNOWN.items()}
    assert {name: found.column(name) for name in KNOWN} == {name: [] for name in KNOWN}
    report = found.table.report
    assert (report.read, report.kept, report.rejected, report.noticed) == (0, 0, {}, {})
    assert found.quarantine() == []


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_a_table_may_be_empty_from_the_start(read: Read, tmp_path: Path, form: str):
    columns = {name: pa.array([], pa.string()) for name in NAMES}
    source = write(tmp_path, form, columns)
    if "json" in form:  # no line, no names
        with pytest.raises(TableError, match="There are no columns to read"):
            read(None, "key: k, time: t", name=source)
        return
    found = read(None, "key: k, time: t", name=source)
    assert found.kinds() == {"k": "whole", "t": "time", "x": "text", "y": "text"}
    assert found.table.report.kept == 0


def test_a_file_without_header_and_rows_is_empty_where_the_spec_names_the_columns(read: Read):
    found = read("", "header: false, columns: [x, y]")
    assert (found.kinds(), found.column("x")) == ({"x": "text", "y": "text"}, [])


def test_new_data_of_which_where_leaves_nothing_are_empty(read: Read):
    text = "k,t,x,y\na,2024-01-01,1,0\n"
    assert read(text, DECLARED, types=KNOWN).table.report.kept == 0
    with pytest.raises(TableError, match=r"no rows in events\.csv are usable"):
        read(text, DECLARED)
    with pytest.raises(TableError, match=r"no rows in events\.csv are usable"):
        read(text.replace("a,2024", ",2024"), DECLARED, types=KNOWN)


def test_a_file_none_of_whose_lines_is_a_row_is_not_empty(read: Read):
    with pytest.raises(TableError, match=r"2 of 2 rows cannot be read. The first is line 2"):
        read("k,t,x,y\na\nb\n", DECLARED, types=KNOWN)
