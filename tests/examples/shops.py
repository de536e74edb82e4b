"""Random small shops with everything that makes time and absence hard, and random questions about them."""

from datetime import datetime, timedelta
from decimal import Decimal

import hypothesis.strategies as st
import pyarrow as pa
from filters import FILTERS, READS
from oracle_shop import Row, Shop
from questions import (
    Tree,
    columns_of,
    entity_questions,
    is_truth,
    row_conditions,
    row_labels,
    windows_of,
    written,
)
from shop_rows import (
    START,
    customers,
    levels,
    orders,
    products,
    profiles,
    visits,
)

OFTEN = timedelta(days=4)
FAR = (datetime(2031, 5, 5), datetime(2199, 12, 30, 23))
WITHIN = ("12h", "1d", "3d", "7d", "30d")

ARROW = {
    "at": pa.timestamp("us"),
    "order": pa.int64(),
    "customer": pa.int64(),
    "product": pa.string(),
    "city": pa.string(),
    "value": pa.decimal128(10, 2),
    "count": pa.int64(),
    "paid": pa.bool_(),
    "a score": pa.int64(),
    "scored": pa.timestamp("us"),
    "late": pa.bool_(),
    "bought": pa.int64(),
    "fee": pa.float64(),
    "promised": pa.date32(),
    "pages": pa.int64(),
    "page": pa.string(),
    "seconds": pa.float64(),
    "ended": pa.date32(),
    "id": pa.int64(),
    "age": pa.int64(),
    "plan": pa.string(),
    "joined": pa.timestamp("us"),
    "rating": pa.decimal128(10, 2),
    "rated": pa.date32(),
    "born": pa.date32(),
    "credit": pa.float64(),
    "merchant": pa.int64(),
    "sort": pa.string(),
    "weight": pa.decimal128(10, 2),
    "launched": pa.timestamp("us"),
    "checked": pa.timestamp("us"),
    "level": pa.string(),
    "shade": pa.string(),
    "width": pa.decimal128(10, 2),
    "loyal": pa.bool_(),
    "since": pa.date32(),
    "depth": pa.float64(),
}
Asked = tuple[Row, dict[str, dict[str, Tree]]]
"""Tasks as they are declared, and what they ask as trees."""

DERIVED = {"net": ["value", "count"], "gain": ["a score"]}


@st.composite
def entity_tasks(draw: st.DrawFn, most: int = 4, products: bool = True) -> Asked:
    tasks: Row = {}
    questions: dict[str, dict[str, Tree]] = {}
    for entity in ("customers", "products"):
        if entity == "products" and not (products and draw(st.booleans())):
            continue
        for number in range(draw(st.integers(1, most))):
            name, before = f"{entity} {number}", f"{entity} {number - 1}"
            questions[name] = draw(entity_questions(entity))
            tasks[name] = {"for_each": entity} | said(questions[name])
            if number and is_truth(questions[before]["label"]) and draw(st.booleans()):
                tasks[name]["given"] = before
    return tasks, questions


@st.composite
def row_tasks(draw: st.DrawFn, most: int = 4) -> Asked:
    tasks: Row = {}
    questions: dict[str, dict[str, Tree]] = {}
    for number in range(draw(st.integers(1, most))):
        name, before = f"rows {number}", f"rows {number - 1}"
        label = draw(row_labels())
        questions[name] = {"label": label}
        tasks[name] = {"rows": "orders"} | said(questions[name])
        if not windows_of(label) and draw(st.booleans()):
            tasks[name]["within"] = draw(st.sampled_from(WITHIN))
        if number and is_truth(questions[before]["label"]) and draw(st.booleans()):
            tasks[name]["given"] = before
        if draw(st.integers(0, 4)) == 0:
            tasks[name]["scenes"] = draw(st.sampled_from([["n"], ["n", "NA"]]))
    read = [
        columns_of(asked["label"]) for asked in questions.values() if not windows_of(asked["label"])
    ]
    for name, task in tasks.items():
        if draw(st.booleans()):
            questions[name]["where"] = draw(row_conditions(set().union(*read)))
            task |= said(questions[name])
    return tasks, questions


def said(question: dict[str, Tree]) -> Row:
    return {part: written(tree) for part, tree in question.items()}


@st.composite
def shops(draw: st.DrawFn, tasks: st.SearchStrategy[Asked]) -> Shop:
    events = [dict(row) for row in draw(st.lists(orders, min_size=2, max_size=40))]
    events[0]["at"] = events[0]["at"] or START
    events[0]["product"] = events[0]["product"] or "p1"
    if draw(st.booleans()):
        events += with_strays(draw(st.lists(orders, min_size=1, max_size=2)))
    has_key = draw(st.booleans())
    for twin in draw(st.lists(st.integers(0, len(events) - 1), max_size=3)):
        events.append(dict(events[twin]))
    for position, row in enumerate(events):
        row["value"] = None if row["value"] is None else Decimal(row["value"])
        if has_key:
            row["order"] = 2**53 + 1 + (position * 7) % 101
    people = [
        dict(row, id=key)
        for key, row in zip((1, 2, 4), draw(st.tuples(*[customers] * 3)), strict=True)
    ]
    for row in people:
        row["rating"] = None if row["rating"] is None else Decimal(row["rating"])
    timed = draw(st.booleans())
    promised = {"scored": "a score"}
    tables: Row = {
        "orders": {
            "source": draw(st.sampled_from(["orders.csv", "orders.parquet"])),
            **({"key": "order"} if has_key else {}),
            "time": "at",
            "links": {"customer": "customers", "product": "products"},
            "scene": "city",
            "derive": {"net": 'value * "count"', "gain": '"a score" * 2'},
            "known_at": {column: when for when, column in promised.items()} | {"late": "3d"},
        },
        "visits": {
            "source": draw(st.sampled_from(["visits.csv", "visits.parquet"])),
            "time": "at",
            "links": {"customer": "customers"},
            "known_at": {"seconds": "ended"},
        },
        "customers": {
            "source": draw(st.sampled_from(["customers.csv", "customers.parquet"])),
            "key": "id",
            **({"time": "joined", "known_at": {"rating": "rated"}} if timed else {}),
        },
        "products": {"from": "orders", "key": "product"},
    }
    things: dict[str, list[Row]] = draw(catalogues(tables)) if draw(st.booleans()) else {}
    things |= draw(static_tables(tables))
    if not timed:
        for row in people:
            del row["joined"], row["rating"], row["rated"]
    asked, questions = draw(tasks)
    as_text = draw(st.sets(st.sampled_from(sorted(asked))))
    tree = {
        "shop": "small",
        "tables": tables,
        "tasks": asked,
        "split": {"valid": "2020-02-01", "test": "2020-03-01"},
        "model": {"sequences": "attention"},
    }
    rows = {
        "orders": events,
        "visits": [dict(row) for row in draw(st.lists(visits, min_size=1, max_size=10))],
        "customers": people,
        **things,
    }
    return with_derived(Shop(tree, rows, kinds={}, questions=questions, as_text=as_text))


def with_strays(strays: list[Row]) -> list[Row]:
    """Rows of nobody, by which one sees how the table goes on, and rows dated far ahead."""
    nobody = dict.fromkeys(strays[0])
    often = [dict(nobody, at=START + number * OFTEN) for number in range(26)]
    return [*often, *(dict(row, at=at) for row, at in zip(strays, FAR, strict=False))]


@st.composite
def static_tables(draw: st.DrawFn, tables: Row) -> dict[str, list[Row]]:
    """Describe some customers by a link, or some products by a key that is theirs; sometimes one of them twice."""
    about = draw(st.sampled_from(["customers", "products", "nobody"]))
    if about == "nobody":
        return {}
    source = draw(st.sampled_from(["profiles.csv", "profiles.parquet"]))
    if about == "customers":
        tables["profiles"] = {"source": source, "links": {"customer": "customers"}}
        keys = draw(st.sampled_from([(1, 2, None), (2, 3, 9), (1, 1, 2)]))
        column = "customer"
    else:
        tables["profiles"] = {"source": source, "key": "product"}
        keys, column = ("p1", "p3", "p8"), "product"
    drawn = draw(st.tuples(*[profiles] * 3))
    return {"profiles": [{column: key, **row} for key, row in zip(keys, drawn, strict=True)]}


@st.composite
def catalogues(draw: st.DrawFn, tables: Row) -> dict[str, list[Row]]:
    """Make products a table of their own, which links on to merchants and names sorts."""
    timed = draw(st.booleans())
    goods = [
        dict(row, product=key)
        for key, row in zip(("p1", "p2", "p4"), draw(st.tuples(*[products] * 3)), strict=True)
    ]
    for row in goods:
        row["weight"] = None if row["weight"] is None else Decimal(row["weight"])
        if not timed:
            del row["launched"]
    tables["products"] = {
        "source": draw(st.sampled_from(["products.csv", "products.parquet"])),
        "key": "product",
        **({"time": "launched"} if timed else {}),
        "links": {"merchant": "merchants"},
    }
    tables["merchants"] = {"source": "merchants.parquet", "key": "merchant"}
    tables["sorts"] = {"from": "products", "key": "sort"}
    return {
        "products": goods,
        "merchants": [{"merchant": key, "level": draw(levels)} for key in (1, 2)],
    }


def with_derived(shop: Shop) -> Shop:
    """Compute what is derived, and say what the columns hold."""
    for row in shop.tables["orders"]:
        value, count, score = row["value"], row["count"], row["a score"]
        row["net"] = None if value is None or count is None else value * count
        row["gain"] = None if score is None else score * 2
    shop.kinds = {
        name: {column: kind_of(column) for column in rows[0]} for name, rows in shop.tables.items()
    }
    shop.reads = {"orders": DERIVED}
    shop.truths = FILTERS
    shop.late_filters = READS
    return shop


def kind_of(column: str) -> str:
    type_ = ARROW.get(column, pa.int64())
    if pa.types.is_temporal(type_):
        return "time"
    if pa.types.is_boolean(type_):
        return "boolean"
    return "text" if pa.types.is_string(type_) else "number"


def is_rich(shop: Shop) -> bool:
    """Whether there is enough to go wrong; the simplest shop, which Hypothesis tries first, is not."""
    return sum(row["customer"] is not None for row in shop.tables["orders"]) >= 10
