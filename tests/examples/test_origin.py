"""A feature leads back to the table and column that a user can do something about."""

import pytest

from banian.examples import trace_feature
from banian.spec import parse_spec

SPEC = parse_spec("""
shop: s
tables:
  orders: {source: o.csv, key: id, time: at, links: {buyer: people, giver: people, item: items}}
  orders.lines: {source: l.csv, time: sold_at, links: {item: items}}
  people: {source: p.csv, key: name, time: born}
  items: {from: orders.lines, key: item}
  fixed: {source: f.csv, key: item}
tasks: {back: {rows: orders, label: back}}
split: {valid: 2020-01-01, test: 2020-02-01}
""")
COLUMNS = {
    "orders": ["at", "back", "buyer", "count", "giver", "id", "item", "price", "price.net"],
    "orders.lines": ["item", "price", "sold_at"],
    "people": ["born", "name", "country", "orders.count.7d x"],
    "fixed": ["item", "size"],
}


@pytest.mark.parametrize(
    ("entity", "feature", "path"),
    [
        ("orders", "price", "tables.orders.price"),
        ("orders", "time.hour", "tables.orders.at"),
        ("people", "country", "tables.people.country"),
        ("people by giver", "country", "tables.people.country"),
        ("people", "orders.buyer.price.sum.30d", "tables.orders.price"),
        ("people", "orders.buyer.price.net.mean.all", "tables.orders.price.net"),
        ("people by giver", "orders.giver.buyer.distinct.7d", "tables.orders.buyer"),
        ("people", "orders.giver.count.7d", "tables.orders.at"),
        ("people", "orders.giver.count.sum.7d", "tables.orders.count"),
        ("people", "orders.buyer.recency", "tables.orders.at"),
        ("items", "orders.lines.price.mean.90d", "tables.orders.lines.price"),
        ("items", "orders.lines.count.all", "tables.orders.lines.sold_at"),
        ("items", "orders.item.distinct.all", "tables.orders.item"),
        ("items", "orders.price.latest", "tables.orders.price"),  # names yet to come
        ("items", "orders.weekend.share", "tables.orders.at"),
        ("fixed", "size", "tables.fixed.size"),
        ("fixed", "no such thing", "tables.fixed"),
        ("people", "orders.count.7d x", "tables.people.orders.count.7d x"),
    ],
)
def test_a_feature_leads_back_to_its_column(entity, feature, path):
    assert trace_feature(SPEC, COLUMNS, entity, feature).path == path
