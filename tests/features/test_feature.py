"""A feature says which table and column it came from, and what it means; whoever has its name finds it in the plan."""

import pytest

from banian.features import Feature, features_told
from banian.schema import ColumnType
from banian.spec import parse_spec

SPEC = parse_spec("""
shop: s
tables:
  orders: {source: o.csv, key: id, time: at, links: {buyer: people, giver: people, item: items}, known_at: {came: 3d}}
  orders.lines: {source: l.csv, time: sold_at, links: {item: items}}
  people: {source: p.csv, key: name, time: born}
  items: {from: orders.lines, key: item}
  fixed: {source: f.csv, key: item}
tasks:
  back: {rows: orders, label: back}
  more: PREDICT EXISTS(orders, 0, 7d) FOR EACH items
split: {valid: 2020-01-01, test: 2020-02-01}
""")
NUMBER, TIME, NAME = ColumnType("whole"), ColumnType("time"), ColumnType("text", is_name=True)
TYPES = {
    "orders": {
        **dict.fromkeys(("buyer", "giver", "id", "item"), NAME),
        **dict.fromkeys(("back", "came", "count", "price", "price.net"), NUMBER),
        "at": TIME,
    },
    "orders.lines": {"item": NAME, "price": NUMBER, "sold_at": TIME},
    "people": {
        "born": TIME,
        "name": NAME,
        "country": ColumnType("text"),
        "orders.count.7d x": NUMBER,
    },
    "fixed": {"item": NAME, "size": NUMBER, "since": TIME},
}
TOLD = {name: features_told(SPEC, TYPES, task) for name, task in SPEC.tasks.items()}


@pytest.mark.parametrize(
    ("entity", "feature", "path"),
    [
        ("orders", "price", "tables.orders.price"),
        ("orders", "time.hour", "tables.orders.at"),
        ("orders", "price.relative.buyer", "tables.orders.price"),
        ("people", "country", "tables.people.country"),
        ("people by giver", "country", "tables.people.country"),
        ("people", "orders.buyer.price.sum.30d", "tables.orders.price"),
        ("people", "orders.buyer.price.net.mean.all", "tables.orders.price.net"),
        ("people by giver", "orders.giver.buyer.distinct.30d", "tables.orders.buyer"),
        ("people", "orders.giver.count.7d", "tables.orders.at"),
        ("people", "orders.giver.count.sum.30d", "tables.orders.count"),
        ("people", "orders.buyer.recency", "tables.orders.at"),
        ("people", "orders.buyer.gap.days", "tables.orders.at"),
        ("people", "orders.buyer.price", "tables.orders.price"),
        ("items", "orders.lines.price.mean.all", "tables.orders.lines.price"),
        ("items", "orders.lines.count.all", "tables.orders.lines.sold_at"),
        ("items", "fixed.size", "tables.fixed.size"),
        ("items", "fixed.since.age", "tables.fixed.since"),
        ("people", "orders.count.7d x", "tables.people.orders.count.7d x"),
    ],
)
def test_a_feature_leads_back_to_its_column(entity: str, feature: str, path: str):
    assert TOLD["back"][entity][feature].origin.path == path


def test_every_feature_has_a_meaning_of_its_own():
    for entities in TOLD.values():
        for told in entities.values():
            meanings = {feature.meaning for feature in told.values()}
            assert len(meanings) == len(told)


def test_what_becomes_known_later_says_so():
    told = TOLD["more"]["items"]
    assert str(told["orders.came.mean.all"].known) == "3d"
    assert told["orders.price.mean.all"].known.is_at_row


@pytest.mark.parametrize(
    ("feature", "meaning"),
    [
        (
            ("people", "orders.buyer.count.sum.30d"),
            "sum of count over the events of orders.buyer in the last 30 days",
        ),
        (("people", "orders.buyer.count.all"), "number of events of orders.buyer so far"),
        (
            ("people", "orders.buyer.price.last.3"),
            "price of the third newest event of orders.buyer that has one",
        ),
        (
            ("orders", "price.relative.item"),
            "price of the row, divided by the mean price of its item before",
        ),
        (("items", "fixed.since.age"), "days from since in fixed of the items to the ask"),
        (("people", "country"), "country of the people row"),
    ],
)
def test_a_meaning_is_a_sentence(feature: tuple[str, str], meaning: str):
    entity, name = feature
    assert TOLD["back"][entity][name].meaning == meaning


def test_names_are_written_and_never_read():
    """Two features whose parts differ may have one name: they stay two."""
    one, other = Feature("e", "value", "a.age"), Feature("e", "age", "a")
    assert one.name == other.name
    assert one != other
    assert one.origin != other.origin
