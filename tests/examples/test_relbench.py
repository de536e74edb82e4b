"""The e-commerce questions of RelBench, asked in the language, and answered on small databases by reading every row.

Where RelBench asks only about who will have an event, the question is GIVEN the task that says so. Source: J. Robinson
et al., RelBench (2024), tasks of rel-amazon, rel-hm and rel-avito.
"""

import csv
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from banian.examples.build import build_examples
from banian.spec import parse_spec
from banian.tables import read_database

Rows = list[dict[str, Any]]
START, DAY = datetime(2015, 1, 1), timedelta(days=1)
CUTOFFS = (START + 100 * DAY, START + 130 * DAY)
END = START + 330 * DAY  # so that every label has matured

AMAZON = """
shop: amazon
split: {valid: 2015-04-01, test: 2015-05-01}
tables:
  review: {source: review.csv, time: review_time, links: {customer_id: customer, product_id: product}}
  customer: {source: customer.csv, key: customer_id}
  product: {source: product.csv, key: product_id}
tasks:
  user-churn: PREDICT COUNT(review.*, 0, 91d) = 0 FOR EACH customer WHERE COUNT(review.*, -91d, 0) > 0
  item-churn: PREDICT NOT EXISTS(review, 0, 91d) FOR EACH product WHERE EXISTS(review, -91d, 0)
  user-ltv: >-
    PREDICT SQL('SELECT asks.key, COALESCE(SUM(price), 0) AS value FROM asks
      LEFT JOIN review ON review.customer_id = asks.key LEFT JOIN product USING (product_id)
      GROUP BY asks.key', 0, 91d)
    FOR EACH customer WHERE EXISTS(review, -91d, 0)
  reviewed: PREDICT EXISTS(review, 0, 91d) FOR EACH product
  item-ltv: >-
    PREDICT SQL('SELECT product_id AS key, COALESCE(SUM(price), 0) AS value
      FROM review JOIN product USING (product_id) GROUP BY product_id', 0, 91d)
    FOR EACH product GIVEN reviewed
"""
HM = """
shop: hm
split: {valid: 2015-04-01, test: 2015-05-01}
tables:
  transactions: {source: transactions.csv, time: t_dat, links: {customer_id: customer, article_id: article}}
  customer: {source: customer.csv, key: customer_id}
  article: {source: article.csv, key: article_id}
tasks:
  user-churn: PREDICT COUNT(transactions, 0, 7d) = 0 FOR EACH customer WHERE EXISTS(transactions, -7d, 0)
  item-sales: PREDICT SUM(transactions.price, 0, 7d) FOR EACH article
  buys: PREDICT EXISTS(transactions, 0, 7d) FOR EACH customer
  user-item: PREDICT LIST_DISTINCT(transactions.article_id, 0, 7d) RANK TOP 12 FOR EACH customer GIVEN buys
"""
AVITO = """
shop: avito
split: {valid: 2015-04-01, test: 2015-05-01}
tables:
  visits: {source: visits.csv, time: ViewDate, links: {UserID: users, AdID: ads}}
  searches: {source: searches.csv, key: SearchID, time: SearchDate, links: {UserID: users}}
  shown: {source: shown.csv, time: ShownDate, links: {SearchID: searches, AdID: ads}}
  users: {source: users.csv, key: UserID}
  ads: {source: ads.csv, key: AdID}
tasks:
  visited: PREDICT EXISTS(visits, 0, 4d) FOR EACH users
  user-visits: PREDICT COUNT_DISTINCT(visits.AdID, 0, 4d) > 1 FOR EACH users GIVEN visited
  searched: PREDICT EXISTS(searches, 0, 4d) FOR EACH users
  user-clicks: >-
    PREDICT SQL('SELECT UserID AS key, COUNT(shown.AdID) > 1 AS value
      FROM asks JOIN searches ON searches.UserID = asks.key AND searches.SearchDate > asks.cutoff
      LEFT JOIN shown ON shown.SearchID = searches.SearchID AND shown.IsClick = 1
      GROUP BY UserID', 0, 4d)
    FOR EACH users GIVEN searched
  clicked: PREDICT EXISTS(shown WHERE IsClick > 0, 0, 4d) FOR EACH ads
  ad-ctr: PREDICT AVG(shown.IsClick, 0, 4d) FOR EACH ads GIVEN clicked
"""


def instant(draw: random.Random, days: int = 240) -> datetime:
    """Often on a cutoff, or exactly one window away from it."""
    edges = [at + step * DAY for at in CUTOFFS for step in (-91, -7, 0, 4, 7, 91)]
    return (
        draw.choice(edges) if draw.random() < 0.4 else START + draw.randrange(days * 24) * DAY / 24
    )


def amazon(draw: random.Random) -> dict[str, Rows]:
    review = [
        {
            "review_time": instant(draw),
            "customer_id": draw.randrange(6),
            "product_id": draw.randrange(5),
        }
        for _ in range(40)
    ]
    prices = [{"product_id": key, "price": draw.choice([None, 3.5, 20.25])} for key in range(5)]
    return {"review": review, "product": prices, "customer": [{"customer_id": k} for k in range(7)]}


def hm(draw: random.Random) -> dict[str, Rows]:
    bought = [
        {
            "t_dat": instant(draw),
            "customer_id": draw.randrange(6),
            "article_id": draw.choice("abcd"),
            "price": draw.choice([0.25, 0.5, None]),
        }
        for _ in range(60)
    ]
    articles = [{"article_id": key} for key in "abcde"]
    return {
        "transactions": bought,
        "article": articles,
        "customer": [{"customer_id": k} for k in range(7)],
    }


def avito(draw: random.Random) -> dict[str, Rows]:
    def users() -> int:
        return draw.randrange(6)

    def ads() -> int:
        return draw.randrange(4)

    visits = [{"ViewDate": instant(draw), "UserID": users(), "AdID": ads()} for _ in range(120)]
    searches = [
        {"SearchID": key, "SearchDate": instant(draw), "UserID": users()} for key in range(120)
    ]
    shown = [
        {
            "ShownDate": search["SearchDate"],
            "SearchID": search["SearchID"],
            "AdID": ads(),
            "IsClick": draw.randrange(2),
        }
        for search in searches
        for _ in range(draw.randrange(4))
    ]
    tables = {"visits": visits, "searches": searches, "shown": shown}
    return tables | {
        "users": [{"UserID": k} for k in range(7)],
        "ads": [{"AdID": k} for k in range(5)],
    }


def after(rows: Rows, time: str, at: datetime, days: int, **same: Any) -> Rows:
    """The rows in (at, at + days], or for negative days in (at + days, at]."""
    low, high = sorted((at, at + days * DAY))
    return [
        row
        for row in rows
        if low < row[time] <= high and all(row[column] == key for column, key in same.items())
    ]


def answers_amazon(shop: dict[str, Rows], at: datetime) -> Iterator[tuple[str, Any, Any]]:
    price = {row["product_id"]: row["price"] or 0 for row in shop["product"]}
    for customer in range(7):
        next_ones = after(shop["review"], "review_time", at, 91, customer_id=customer)
        if after(shop["review"], "review_time", at, -91, customer_id=customer):
            yield "user-churn", customer, not next_ones
            yield "user-ltv", customer, sum(price[row["product_id"]] for row in next_ones)
    for product in range(5):
        next_ones = after(shop["review"], "review_time", at, 91, product_id=product)
        if after(shop["review"], "review_time", at, -91, product_id=product):
            yield "item-churn", product, not next_ones
        if next_ones:
            yield "item-ltv", product, len(next_ones) * price[product]


def answers_hm(shop: dict[str, Rows], at: datetime) -> Iterator[tuple[str, Any, Any]]:
    for customer in range(7):
        next_ones = after(shop["transactions"], "t_dat", at, 7, customer_id=customer)
        if after(shop["transactions"], "t_dat", at, -7, customer_id=customer):
            yield "user-churn", customer, not next_ones
        if next_ones:
            yield "user-item", customer, sorted({row["article_id"] for row in next_ones})
    for article in "abcde":
        sold = after(shop["transactions"], "t_dat", at, 7, article_id=article)
        yield "item-sales", article, sum(row["price"] or 0 for row in sold)


def answers_avito(shop: dict[str, Rows], at: datetime) -> Iterator[tuple[str, Any, Any]]:
    for user in range(7):
        if visits := after(shop["visits"], "ViewDate", at, 4, UserID=user):
            yield "user-visits", user, len({row["AdID"] for row in visits}) > 1
        if searches := after(shop["searches"], "SearchDate", at, 4, UserID=user):
            found = {row["SearchID"] for row in searches}
            clicks = [r for r in shop["shown"] if r["SearchID"] in found and r["IsClick"]]
            yield "user-clicks", user, len(clicks) > 1
    for ad in range(5):
        shown = after(shop["shown"], "ShownDate", at, 4, AdID=ad)
        if clicks := sum(row["IsClick"] for row in shown):
            yield "ad-ctr", ad, clicks / len(shown)


@pytest.mark.parametrize(
    ("text", "make", "answers"),
    [
        (AMAZON, amazon, answers_amazon),
        (HM, hm, answers_hm),
        (AVITO, avito, answers_avito),
    ],
)
def test_every_label_is_that_of_relbench(text: str, make: Any, answers: Any, tmp_path: Path):
    shop = make(random.Random(7))
    for name, rows in shop.items():
        if time := next(
            (column for column, value in rows[0].items() if isinstance(value, datetime)), None
        ):
            rows.append(rows[0] | {time: END})
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    spec = parse_spec(text)
    database = read_database(spec, tmp_path)
    grains = dict.fromkeys((task.grain for task in spec.tasks.values()), CUTOFFS)
    built = build_examples(database, grains)
    expected = {(*found[:2], at): found[2] for at in CUTOFFS for found in answers(shop, at)}
    asked = {task for task, _, _ in expected}
    found = {}
    for rows in built.grains.values():
        keys = rows.keys.column(0).to_pylist()
        for place, task in enumerate(rows.tasks):
            for row in np.flatnonzero(rows.mask[:, place]) if task in asked else ():
                label: Any = float(rows.label[row, place])
                if task in rows.items:
                    codes = rows.items[task][int(row)].as_py()
                    label = [rows.classes[task][code].as_py() for code in codes]
                found[task, keys[row], rows.cutoff[row].item()] = label
    assert found.keys() == expected.keys()
    assert len(asked) >= 3
    for name, label in expected.items():
        assert found[name] == (label if isinstance(label, list) else pytest.approx(float(label))), (
            name
        )
