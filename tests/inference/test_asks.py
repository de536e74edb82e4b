"""Tests of reading asks: who is asked what, as of when."""

from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from banian.errors import AskError
from banian.features.asked_row import NO_ASKS
from banian.features.stored_rows import NEVER
from banian.features.ticks import to_tick
from banian.inference.answers import no_answers, stack_answers
from banian.inference.ask_rows import AskRows
from banian.inference.ask_warnings import warn_of
from banian.inference.asks import read_asks
from banian.schema import ColumnType
from banian.schema.keyed_hash import KEY, hash_value
from banian.spec import ShopSpec, parse_spec

SPEC = parse_spec("""\
shop: asked
tables:
  orders:
    source: orders.csv
    key: order_id
    time: bought_at
    links: {customer_id: customers, shelf: shelves}
    derive: {margin: price - cost}
  customers: {source: customers.csv, key: customer_id}
  shelves: {from: orders, key: shelf}
tasks:
  again: PREDICT EXISTS(orders, 0, 14d) FOR EACH customers
  spend: PREDICT SUM(orders.price, 0, 14d) FOR EACH customers
  sales: PREDICT COUNT(orders, 0, 14d) FOR EACH shelves
  returned: PREDICT orders.returned FOR EACH orders WITHIN 14d
split: {valid: 2020-01-01, test: 2020-02-01}
""")
STATIC = parse_spec("""\
shop: static
tables:
  labels: {source: labels.csv, key: id}
tasks:
  right: PREDICT labels.right FOR EACH labels
split: {by: id}
""")
WHOLE, TEXT, TIME = (ColumnType(k) for k in ("whole", "text", "time"))
NUMBER = ColumnType("decimal", scale=2)
NAME = ColumnType("whole", is_name=True)
TYPES = {
    "orders": {
        "bought_at": TIME,
        "cost": NUMBER,
        "customer_id": NAME,
        "margin": NUMBER,
        "order_id": NAME,
        "price": NUMBER,
        "returned": ColumnType("boolean"),
        "shelf": ColumnType("text", is_name=True),
    },
    "customers": {"age": WHOLE, "customer_id": NAME},
    "labels": {"id": NAME, "right": ColumnType("boolean"), "size": NUMBER},
}
LATEST = to_tick(datetime(2020, 3, 1))


def read(asks, **options):
    return read_asks(AskRows.of(asks), SPEC, TYPES, latest=lambda _: LATEST, **options)


def refused(asks, **options) -> str:
    with pytest.raises(AskError) as error:
        read(asks, **options)
    return str(error.value)


def test_asks_are_gathered_by_grain_and_keep_their_places():
    found = read(
        [
            {"task": "again", "customer_id": 3},
            {"task": "sales", "shelf": "A"},
            {"grain": "customers", "customer_id": 4, "at": "2020-02-03"},
        ]
    )
    customers, shelves = found
    assert (customers.grain, customers.tasks) == ("customers", ("again", "spend"))
    assert customers.place.tolist() == [0, 2]
    assert customers.asked.tolist() == [[True, False], [True, True]]
    assert customers.at.tolist() == [LATEST, to_tick(datetime(2020, 2, 3))]
    assert customers.keys.to_pydict() == {"customer_id": [3, 4]}
    assert shelves.place.tolist() == [1]
    assert shelves.keys.to_pydict() == {"shelf": ["A"]}


@pytest.mark.parametrize(
    "asks",
    [
        {"task": "again", "customer_id": 3, "at": datetime(2020, 2, 1)},
        [{"task": ["again"], "customer_id": 3, "at": "2020-02-01"}],
        pa.table({"task": ["again"], "customer_id": [3], "at": [datetime(2020, 2, 1)]}),
        pd.DataFrame({"task": ["again"], "customer_id": [3], "at": [pd.Timestamp(2020, 2, 1)]}),
        pd.DataFrame(
            {"task": ["again"], "customer_id": [3], "at": [np.datetime64("2020-02-01")]}, index=[7]
        ),
        ({"grain": "customers", "task": "again", "customer_id": 3.0, "at": "2020-02-01T00:00Z"},),
    ],
)
def test_whatever_holds_rows_may_ask(asks):
    (found,) = read(asks)
    assert (found.tasks, found.place.tolist()) == (("again",), [0])
    assert found.keys.to_pydict() == {"customer_id": [3]}
    assert found.at.tolist() == [to_tick(datetime(2020, 2, 1))]


def test_columns_of_text_are_read_by_their_types():
    asks = [{"task": "returned", "price": "2.50", "customer_id": "3", "bought_at": "2020-02-01"}]
    (found,) = read(asks, is_text=True)
    said = found.context.to_pydict()
    assert said["price"] == [2.5]
    assert said["customer_id"] == [3]
    assert said["bought_at"] == [datetime(2020, 2, 1)]
    assert "price is '2.50', and in training it was a number" in refused(asks)


def test_of_a_row_all_may_be_left_out():
    (found,) = read({"grain": "orders"})
    assert (found.grain, found.about) == ("rows of orders", "orders")
    assert found.context.to_pydict() == {"bought_at": [datetime(2020, 3, 1)]}
    assert found.keys.num_columns == 0
    assert len(found) == 1


def test_a_column_that_no_ask_fills_is_as_if_it_were_not_there():
    asks = [{"task": "again", "customer_id": 3, "age": None}, {"task": "sales", "shelf": "A"}]
    assert read(asks)[0].context.column_names == ["customer_id"]


def test_a_table_without_time_is_asked_at_no_moment():
    (found,) = read_asks(
        AskRows.of({"task": "right", "size": 3}), STATIC, TYPES, latest=lambda _: None
    )
    assert found.at.tolist() == [NEVER]
    with pytest.raises(AskError, match="labels has no time"):
        read_asks(AskRows.of({"size": 3, "at": "2020-01-01"}), STATIC, TYPES, latest=lambda _: None)


def test_tasks_named_beside_the_asks_are_the_only_ones():
    (found,) = read({"grain": "customers", "customer_id": 3}, tasks=["spend"])
    assert found.tasks == ("spend",)
    (found,) = read({"customer_id": 3}, tasks=["spend"])
    assert found.tasks == ("spend",)
    assert "it says neither task nor grain" in refused({"customer_id": 3}, tasks=["spend", "sales"])


def test_nothing_asked_is_no_answer():
    assert read([]) == []
    assert read(pa.table({"task": pa.array([], pa.string())})) == []


@pytest.mark.parametrize(
    ("asks", "told"),
    [
        ({"task": "agian", "customer_id": 3}, "Did you mean 'again'?"),
        ({"grain": "customer", "customer_id": 3}, "Did you mean 'customers'?"),
        ({"customer_id": 3}, "it says neither task nor grain"),
        ({"task": ["again", "sales"]}, "an ask is about one grain"),
        ({"task": []}, "there is no task []"),
        ({"task": 3}, "there is no task 3"),
        ({"task": "again", "grain": "shelves"}, "an ask is about one grain"),
        ({"task": "again"}, "names none of customers"),
        ({"task": "again", "customer_id": 3, "age": "old"}, "age is 'old'"),
        ({"task": "again", "customer_id": "c3"}, "customer_id is 'c3'"),
        ({"task": "again", "customer_id": 3, "prise": 3}, "customers has no column 'prise'"),
        ({"task": "returned", "prise": 3}, "Did you mean 'price'?"),
        ({"task": "returned", "margin": 3}, "orders has no column 'margin'"),
        ({"task": "sales", "shelf": "A", "price": 3}, "shelves has no column 'price'"),
        ({"task": "again", "customer_id": 3, "at": "soon"}, "'soon' is no moment"),
        (
            {"task": "returned", "at": "2020-02-01", "bought_at": "2020-02-02"},
            "has two moments: at",
        ),
        ("again", "str holds no asks"),
        (["again"], "ask 0 is str"),
        (3, "int holds no asks"),
        (pa.table([[1], [2]], names=["a", "a"]), "two columns 'a'"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns 'a'"),
        ({"task": "again", "customer_id": 3, 5: 5}, "called 5, which is no text"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(asks, told):
    assert told in refused(asks)


def test_the_ask_that_is_wrong_is_the_one_that_is_named():
    asks = [{"task": "again", "customer_id": 3}, {"task": "again", "customer_id": "x"}]
    assert refused(asks).startswith("ask 1: customer_id is 'x'")
    asks = [{"task": "sales", "shelf": "A"}, {"task": "again", "customer_id": None}]
    assert refused(asks).startswith("ask 1 names none of customers")


def test_an_error_says_what_leaving_a_column_out_means():
    assert "leave it out: then what is stored stands" in refused(
        {"task": "again", "customer_id": 3, "age": "old"}
    )
    assert "leave it out" not in refused({"task": "again", "customer_id": "x"})
    assert "leave it out: then it is not known" in refused({"task": "returned", "price": "much"})


def test_what_pandas_writes_for_nothing_is_nothing_in_a_mapping():
    (found,) = read({"task": "again", "customer_id": 3, "age": pd.NA, "grain": pd.NA, "at": pd.NaT})
    assert found.context.column_names == ["customer_id"]


def test_columns_of_which_nothing_is_made_are_named_together():
    groups = read({"task": "returned", "price": 1, "cost": 2, "order_id": 5})
    unused, key = warn_of(groups, SPEC, NO_ASKS)
    assert "price and cost of orders change nothing: no feature is made of them" in unused
    assert "order_id is all that is said of orders" in key


def test_a_table_of_no_answers_has_the_keys_of_all_tasks():
    table = stack_answers(no_answers(SPEC, TYPES, ()))
    assert {"customer_id", "shelf", "order_id"} < set(table.column_names)
    assert table.column_names[-3:] == ["ask", "cold", "eligible"]
    assert len(table) == 0


def test_without_a_time_in_the_store_asks_must_say_when():
    with pytest.raises(AskError, match="does not say as of when"):
        read_asks(
            AskRows.of({"task": "again", "customer_id": 3}), SPEC, TYPES, latest=lambda _: None
        )


def test_a_part_of_the_asks_is_asks():
    asks = [{"task": "again", "customer_id": n, "age": n} for n in range(5)]
    (found,) = read(asks)
    part = found.slice(3, 10)
    assert part.place.tolist() == [3, 4]
    assert part.keys["customer_id"].to_pylist() == part.context["age"].to_pylist() == [3, 4]
    assert np.array_equal(part.at, found.at[3:])


def test_personal_data_are_hashed_as_in_the_tables(monkeypatch):
    monkeypatch.setenv(KEY, "k" * 32)
    tree = SPEC.model_dump(by_alias=True)
    tree["tables"]["orders"]["pii"] = ["customer_id"]
    tree["tables"]["customers"]["pii"] = ["customer_id"]
    types = TYPES | {
        "orders": TYPES["orders"] | {"customer_id": TEXT},
        "customers": TYPES["customers"] | {"customer_id": TEXT},
    }
    asks = [{"task": "again", "customer_id": " ann@x.example"}, {"task": "again", "customer_id": 7}]
    (group,) = read_asks(AskRows.of(asks), ShopSpec.model_validate(tree), types, latest=lambda _: 0)
    expected = [hash_value(who, "k" * 32) for who in ("ann@x.example", "7")]
    assert group.keys["customer_id"].to_pylist() == expected
