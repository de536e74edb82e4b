"""The page about tables says what the reader does."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from writers import FORMS, write

from banian.spec import DerivedTableSpec, SourceTableSpec, parse_source, parse_spec
from banian.spec.source import FILE_SUFFIXES
from banian.tables import read_database

Read = Callable[..., Any]
PAGE = (Path(__file__).parents[2] / "docs" / "tables.md").read_text(encoding="utf-8")
ORDERS = """order_id,ordered_at,customer_id,channel,quantity,price,returned,returned_at,phone
1,31/03/2024 01:30,7,web,2,1.50,1,05/04/2024 10:00,555-0101
2,27/10/2024 01:30,8,shop,1,2.00,0,,555-0102
2,27/10/2024 01:30,8,shop,1,2.00,0,,555-0102
3,someday,8,shop,1,2.00,0,,555-0103
4,01/06/2024 12:00,9,web,0,2.00,0,,555-0104
"""
CUSTOMERS = '{"customer_id": 7, "email": "a@b.c"}\n{"customer_id": 8}\n'


def names(section: str, pattern: str) -> list[str]:
    table = PAGE.partition(f"## {section}")[2].partition("\n\n|")[2].partition("\n\n")[0]
    return [
        found for line in table.splitlines() for found in re.findall(pattern, line.split("|")[1])
    ]


def test_the_example_is_read_as_the_page_says(tmp_path: Path):
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "customers.jsonl").write_text(CUSTOMERS)
    database = read_database(parse_spec(example), tmp_path)
    orders = database.tables["orders"]
    assert orders.report.rejected == {
        "does not satisfy: quantity > 0": 1,
        "order_id appears again": 1,
        "ordered_at is not a time": 1,
    }
    again = "happened twice in Europe/London, when clocks went back: taken for the later"
    never = "never was in Europe/London, when clocks went forward: moved on by as much"
    assert orders.report.noticed == {f"ordered_at {again}": 1, f"ordered_at {never}": 1}
    rows = orders.rows.order_by("order_id").to_pyarrow()
    assert rows["ordered_at"].to_pylist() == [
        datetime(2024, 3, 31, 1, 30),
        datetime(2024, 10, 27, 1, 30),
    ]
    assert rows["returned_at"].to_pylist() == [datetime(2024, 4, 5, 9), None]
    assert "555-01" not in str(database.quarantine.to_pyarrow().to_pylist())


def test_every_key_is_listed():
    declared = {
        field.alias or name
        for spec in (SourceTableSpec, DerivedTableSpec)
        for name, field in spec.model_fields.items()
    }
    assert set(names("Keys", r"`(\w+)`")) == declared


def test_every_kind_of_source_is_listed_and_understood():
    listed = names("Sources", r"`([^`]+)`")
    places = [
        parse_source(text if not text.startswith(".") else f"a{text}").place
        for text in listed
        if text != ".gz"
    ]
    assert {
        suffix for suffix in FILE_SUFFIXES if any(place.endswith(suffix) for place in places)
    } >= (set(FILE_SUFFIXES) - {".jsonl.gz", ".ndjson.gz"})
    assert {
        parse_source(text).kind
        for text in listed
        if "." in text[1:] and text != ".gz" and not text.startswith(".")
    } == {"csv", "parquet", "json_lines", "excel", "sqlite", "duckdb", "postgres"}


@pytest.mark.parametrize("form", FORMS)
def test_the_only_table_of_a_file_needs_no_name(read: Read, tmp_path: Path, form: str):
    source = write(tmp_path, form, {"y": [1, 2]}).partition("#")[0]
    assert read(None, name=source).column("y") == [1, 2]
