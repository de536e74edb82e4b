"""What a column means decides what is made of it."""

from dataclasses import replace

import pytest

from banian.features import features_told
from banian.features.columns import semantic_type
from banian.schema import ColumnType
from banian.spec import parse_spec

SPEC = parse_spec("""
shop: s
tables:
  orders: {source: o.csv, key: id, time: at, links: {buyer: people}, scene: place}
  people: {source: p.csv, key: name, time: born}
tasks:
  more: PREDICT EXISTS(orders, 0, 7d) FOR EACH people
split: {valid: 2020-01-01, test: 2020-02-01}
""")
TEXT, WHOLE = ColumnType("text"), ColumnType("whole")
NAME = ColumnType("text", is_name=True)
TYPES = {
    "orders": {
        "at": ColumnType("time"),
        "buyer": NAME,
        "id": NAME,
        "note": TEXT,
        "place": TEXT,
        "shelf": WHOLE,
        "gift": ColumnType("boolean"),
    },
    "people": {"born": ColumnType("time"), "name": NAME, "photo": TEXT, "rank": WHOLE},
}
TASK = SPEC.tasks["more"]


def told(table: str, column: str, semantic: str | None) -> dict[str, str]:
    """Map the features of people to what they mean, where a column means something."""
    own = TYPES[table] | {column: replace(TYPES[table][column], semantic=semantic)}
    features = features_told(SPEC, TYPES | {table: own}, TASK)["people"]
    return {name: feature.semantic for name, feature in features.items()}


@pytest.mark.parametrize(
    ("column", "semantic"),
    [
        ("at", "time"),
        ("buyer", "id"),
        ("id", "id"),
        ("note", "category"),
        ("place", "category"),
        ("shelf", "number"),
        ("gift", "truth"),
    ],
)
def test_it_follows_from_role_and_type(column, semantic):
    assert semantic_type(SPEC.source("orders"), TYPES["orders"], column) == semantic


def test_a_whole_number_that_is_a_category_is_not_added_up():
    plain, declared = told("orders", "shelf", None), told("orders", "shelf", "category")
    assert plain["orders.shelf.sum.30d"] == "number"
    assert not any(name.startswith("orders.shelf.sum") for name in declared)
    assert declared["orders.shelf.distinct.30d"] == "category"
    assert told("people", "rank", "category")["rank"] == "category"


def test_text_is_read_where_a_category_is():
    plain, declared = told("orders", "note", None), told("orders", "note", "text")
    assert list(plain) == list(declared)
    assert {declared[name] for name in declared if name.startswith("orders.note")} == {"text"}


@pytest.mark.parametrize("semantic", ["image", "audio"])
def test_nothing_is_made_of_what_no_model_reads(semantic):
    assert "photo" in told("people", "photo", None)
    assert not any("photo" in name for name in told("people", "photo", semantic))
    assert not any("note" in name for name in told("orders", "note", semantic))
