"""Columns that a table takes over from the rows it links to."""

from datetime import datetime
from pathlib import Path

import pytest

from banian.errors import SpecError
from banian.spec import parse_spec
from banian.tables import read_database

SPEC = """
shop: s
tables:
  lines:
    source: lines.csv
    time: bought
    time_zone: America/New_York
    links: {order: orders}
    lookup: {bought: order.at, country: order.land}
    derive: {is_home: country = 'UK'}
  orders:
    source: orders.csv
    key: id
    time: at
    time_zone: Europe/London
    links: {who: people}
    lookup: {land: who.land}
  people: {source: people.csv, key: id}
tasks: {t: 'PREDICT lines.quantity FOR EACH lines'}
split: {valid: 2020-06-10, test: 2020-06-20}
"""
LINES = "order,quantity\n2.0,20\n1.0,10\n,5\n9.0,90\n2.0,21\n"
ORDERS = "id,at,who\n1,2020-06-01 12:00,a\n2,2020-01-01 12:00,b\n"
PEOPLE = "id,land\na,UK\nb,\n"


def write(folder: Path) -> None:
    for name, text in (("lines", LINES), ("orders", ORDERS), ("people", PEOPLE)):
        (folder / f"{name}.csv").write_text(text)


def test_a_line_has_the_date_of_its_order(tmp_path: Path):
    write(tmp_path)
    database = read_database(parse_spec(SPEC), tmp_path)
    lines = database.tables["lines"]
    shown = lines.rows.order_by("banian row").select("quantity", "bought", "country", "is_home")
    assert shown.to_pyarrow().to_pylist() == [
        {"quantity": 20, "bought": datetime(2020, 1, 1, 12), "country": None, "is_home": None},
        {"quantity": 10, "bought": datetime(2020, 6, 1, 11), "country": "UK", "is_home": True},
        {"quantity": 21, "bought": datetime(2020, 1, 1, 12), "country": None, "is_home": None},
    ]
    assert lines.report.rejected == {"bought is missing": 2}
    assert database.quarantine.to_pyarrow()["reason"].to_pylist() == ["bought is missing"] * 2
    assert list(database.tables) == ["people", "orders", "lines"]


def test_remembered_types_give_the_same(tmp_path: Path):
    write(tmp_path)
    first = read_database(parse_spec(SPEC), tmp_path)
    again = read_database(parse_spec(SPEC), tmp_path, types=first.types)
    assert again.types == first.types
    for name, table in first.tables.items():
        rows, others = (one.rows.order_by("banian row") for one in (table, again.tables[name]))
        assert rows.to_pyarrow().equals(others.to_pyarrow())


FAULTS = [
    (
        {"bought: order.at": "bought: quantity.at"},
        "bought: 'quantity.at' does not begin with a link. Write LINK.COLUMN.",
    ),
    ({"order.land": "order.lund"}, "country: 'orders' has no column 'lund'."),
    (
        {"country: order": "quantity: order"},
        "quantity: the table already has a column of that name.",
    ),
    ({"time: at": "time: then\n    known_at: {at: 3d}"}, "bought: 'at' becomes known later"),
    (
        {
            "source: lines.csv\n": "source: lines.csv\n    key: quantity\n",
            "who: people": "who: lines",
            "who.land": "who.order",
        },
        "bought: the tables look into each other.",
    ),
]


@pytest.mark.parametrize(("changes", "problem"), FAULTS)
def test_a_lookup_that_cannot_be_is_refused(changes: dict[str, str], problem: str, tmp_path: Path):
    write(tmp_path)
    text = SPEC
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(SpecError) as error:
        read_database(parse_spec(text), tmp_path)
    assert f"tables.lines.lookup.{problem}" in error.value.problem
