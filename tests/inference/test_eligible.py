"""Asks for which WHERE does not hold are told so, whatever becomes of it: windows, own columns, scenes, queries."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from banian.features import StoredAsks, StoredEvents
from banian.features.build_store import build_store
from banian.features.ticks import to_tick
from banian.inference.eligible import find_eligible
from banian.spec import parse_spec
from banian.tables import read_database

SPEC = """\
shop: eligible
tables:
  orders:
    source: orders.csv
    key: id
    time: at
    links: {who: people}
    scene: page
    derive: {total: price * count}
  people: {source: people.csv, key: who, time: joined}
tasks:
  every: PREDICT EXISTS(orders, 0, 7d) FOR EACH people
  bought: PREDICT EXISTS(orders, 0, 7d) FOR EACH people WHERE EXISTS(orders, -30d, 0)
  free: PREDICT EXISTS(orders, 0, 7d) FOR EACH people WHERE plan = 'free' AND NOT COUNT(orders, -30d, 0) > 5
  older: PREDICT EXISTS(orders, 0, 7d) FOR EACH people WHERE age > 30
  named: PREDICT EXISTS(orders, 0, 7d) FOR EACH people WHERE who != '2' AND joined IS NOT NULL
  sql: PREDICT EXISTS(orders, 0, 7d) FOR EACH people WHERE SQL('SELECT who AS key, 7 AS value FROM orders', -1d, 0) = 7
  dear: PREDICT orders.back FOR EACH orders WHERE total > 10 WITHIN 3d
  again: PREDICT orders.back FOR EACH orders WHERE total > 10 AND EXISTS(orders SAME who, -30d, 0) IN SCENE 'home'
split: {valid: 2020-02-01, test: 2020-02-20}
"""
ORDERS = """\
id,at,who,page,price,count,back
1,2020-01-05,1,home,5,1,true
2,2020-01-20,2,home,7.5,2,false
3,2020-02-10,3,cart,12,1,true
4,2020-03-01,1,cart,20,3,false
"""
PEOPLE = "who,plan,age,joined\n1,free,40,2020-01-01\n2,free,,2020-01-02\n3,paid,31,2020-02-05\n"
AT = to_tick(datetime(2020, 2, 15))


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> StoredEvents:
    folder = tmp_path_factory.mktemp("eligible")
    (folder / "orders.csv").write_text(ORDERS)
    (folder / "people.csv").write_text(PEOPLE)
    database = read_database(parse_spec(SPEC), folder)
    build_store(database, folder / "store")
    return StoredEvents(database.spec, database.types, folder / "store")


def of_people(store, task, keys, own=None, stands=None, at=AT) -> list:
    asks = StoredAsks(pa.array(keys, pa.string()), np.full(len(keys), at), own or {}, stands or {})
    scene = pa.nulls(len(keys), pa.string())
    return find_eligible(store, asks, {task: store.spec.tasks[task]}, scene)[task].to_pylist()


def of_orders(store, task, **given) -> list:
    given = pa.table({"at": pa.array([AT] * len(given["who"]), pa.timestamp("us")), **given})
    own = store.facts.rows["rows of orders"].compute(given)
    asks = StoredAsks(pa.nulls(len(given), pa.string()), np.full(len(given), AT), own)
    tasks = {task: store.spec.tasks[task]}
    return find_eligible(store, asks, tasks, own["page"])[task].to_pylist()


def test_without_where_all_are_eligible(store):
    assert of_people(store, "every", ["1", "nobody"]) == [True, True]


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("bought", [False, True, True, False]),
        ("free", [True, True, False, False]),
        ("older", [True, False, True, False]),  # of the second the age is not known
        ("named", [True, False, True, False]),
    ],
)
def test_where_is_told_by_the_store(store, task, expected):
    assert of_people(store, task, ["1", "2", "3", "nobody"]) == expected


def test_who_is_not_there_yet_has_no_columns(store):
    early = to_tick(datetime(2020, 2, 1))
    assert of_people(store, "older", ["1", "3"], at=early) == [True, False]


def test_what_an_ask_says_of_an_entity_stands_in_the_place_of_what_is_stored(store):
    own = {"age": pa.array([18.0, 50.0, None], pa.float64())}
    stands = {"age": np.array([True, True, False])}
    assert of_people(store, "older", ["1", "nobody", "3"], own, stands) == [False, True, True]


def test_only_tables_can_answer_a_query(store):
    assert of_people(store, "sql", ["1", "2"]) == [None, None]


def test_of_rows_derived_columns_windows_and_scenes_count(store):
    given = {
        "who": ["2", "2", "1", "2", "2", None],
        "page": ["home", "home", "home", "cart", None, "home"],
        "price": [6.0, 6.0, 6.0, 6.0, 6.0, 6.0],
        "count": [2, 1, 2, 2, 2, None],
    }
    assert of_orders(store, "dear", **given) == [True, False, True, True, True, False]
    assert of_orders(store, "again", **given) == [True, False, False, False, False, False]
