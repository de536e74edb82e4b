"""Which columns predictions are made from."""

from banian.examples import find_unneeded_columns, find_used_columns
from banian.features import Feature
from banian.spec import parse_spec

SPEC = parse_spec("""
shop: s
tables:
  lines:
    source: l.csv
    key: id
    time: at
    scene: place
    links: {who: customers, order_id: orders}
    derive: {amount: quantity * price, rest: amount - cost}
    lookup: {city: order_id.city}
    known_at: {back: back_at, stars: 3d}
    where: valid = 1
  orders: {source: o.csv, key: order_id}
  customers: {from: lines, key: who}
  calls: {source: c.csv, time: at, links: {who: customers}}
  plan: {source: p.csv, time: at}
tasks:
  spend: PREDICT SUM(lines.amount WHERE kind = 'x', 0, 30d) FOR EACH customers
    WHERE EXISTS(calls WHERE long > 3, -9d, 0)
  again: PREDICT EXISTS(lines, 0, 30d) FOR EACH customers
  back: PREDICT lines.back FOR EACH lines WHERE quantity > 0
  sql: PREDICT SQL('SELECT who AS key, COUNT(secret) AS value FROM lines, plan GROUP BY who', 0, 9d) FOR EACH customers
  gain: PREDICT lines.stars FOR EACH lines UPLIFT arm OVER 'none'
split: {valid: 2024-03-01, test: 2024-04-01}
""")
COLUMNS = {
    "lines": [
        *("id", "at", "place", "who", "order_id", "quantity", "price", "cost", "amount", "rest"),
        *("city", "back", "back_at", "stars", "valid", "kind", "arm", "note", "secret"),
    ],
    "orders": ["order_id", "city"],
    "calls": ["at", "who", "long", "note"],
    "plan": ["at"],
}
FRAME = {"id", "at", "place", "who", "order_id", "valid"}


def used(features, *tasks):
    features = [Feature(entity, "value", column) for entity, column in features]
    return find_used_columns(SPEC, COLUMNS, features, {task: SPEC.tasks[task] for task in tasks})


def test_behind_a_derived_feature_stand_the_columns_that_it_is_derived_from():
    assert used([("lines", "rest")], "again")["lines"] == FRAME | {
        "quantity",
        "price",
        "cost",
    }


def test_behind_a_looked_up_one_stand_link_and_the_other_table():
    found = used([("lines", "city")], "again")
    assert found["orders"] == {"city"}
    assert found["lines"] == FRAME


def test_a_condition_and_the_level_of_a_sum_read_columns_and_a_yes_or_no_has_no_level():
    found = used([], "spend")
    assert found["calls"] == {"at", "who", "long"}
    assert found["lines"] == FRAME | {"quantity", "price", "kind"}
    assert used([], "again") == {"lines": FRAME}


def test_what_only_labels_read_is_not_used():
    found = used([("lines", "note"), ("lines", "at")], "back", "sql", "gain")
    assert found == {"lines": FRAME | {"note", "quantity"}}


def test_labels_treatments_and_what_becomes_known_later_need_not_be_there():
    assert find_unneeded_columns(SPEC)["lines"] == {"back", "back_at", "stars", "arm"}
    assert find_unneeded_columns(SPEC)["orders"] == set()
