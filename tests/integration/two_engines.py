"""A small shop with everything that engines might see differently, and questions of every kind about it."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

SPEC = """\
shop: two-engines
tables:
  customers: {source: customers.jsonl, key: id, time: joined}
  orders:
    source: orders.parquet
    time: at
    links: {customer: customers, product: products}
    scene: city
    derive: {net: value * count, "per piece": value / count}
    known_at: {score: scored, late: 3d}
    where: value IS NOT NULL
  visits:
    source: visits.csv
    time: seen
    time_format: '%d/%m/%Y %H:%M'
    time_zone: Europe/Berlin
    links: {customer: customers}
    lookup: {plan: customer.plan, joined: customer.joined}
    known_at: {joined: joined}
    until: 2020-06-04
  products: {from: orders, key: product}
  profiles: {source: profiles.csv, links: {customer: customers}}
  makes: {source: makes.csv, key: product}
  zulu: {source: zulu.csv, time: t, time_zone: Europe/Berlin, time_format: '%Y-%m-%dT%H:%M:%S.000Z'}
  offset: {source: offset.csv, time: t, time_zone: Europe/Berlin, time_format: '%d.%m.%Y %H:%M +05:30'}
  mixed: {source: mixed.csv, time: t, time_zone: Europe/Berlin, time_format: '%Y-%m-%d %H:%M:%S%z'}
  counted: {source: counted.csv, time: t, time_zone: Europe/Berlin, time_format: unix_ns}
tasks:
  number: PREDICT COUNT(visits, 0, 1mo) + 10 * COUNT_DISTINCT(orders.product, 0, 30d) + LAST(orders.value, 0, 1mo)
    FOR EACH customers WHERE EXISTS(orders, -2mo, 0) OR age > 30
  spend: PREDICT GREATEST(SUM(orders.net, 1d, 30d), AVG(orders.value, 0, 30d) - AVG(orders.value, -30d, 0))
    FOR EACH customers
  extreme: PREDICT MAX(orders.count, 0, 30d) / MIN(orders.count, 0, 30d) > 1 OR EXISTS(orders WHERE value > 5, 0, 7d)
    FOR EACH customers
  first: PREDICT FIRST(orders.city, 0, 30d) FOR EACH customers
  list: PREDICT LIST_DISTINCT(orders.product, 0, 30d) RANK TOP 3 FOR EACH customers
  sql: >-
    PREDICT SQL('SELECT o.customer AS key, SUM(o.value) / COUNT(*) AS value FROM orders AS o
      JOIN customers AS c ON o.customer = c.id WHERE c.plan ILIKE ''F%'' AND strftime(o.at, ''%Y'') > ''2019''
      GROUP BY o.customer', 0, 30d) FOR EACH customers
  demand: PREDICT SUM(orders.count, 0, 14d) FOR EACH products WHERE EXISTS(orders, -60d, 0)
  again: PREDICT EXISTS(orders SAME customer, product, 0, 30d) FOR EACH orders WHERE value > 0
  good: PREDICT orders.score > 2 FOR EACH orders WITHIN 7d
  late: PREDICT orders.late FOR EACH orders WHERE COUNT(orders SAME customer, -30d, 0) < 9 IN SCENE 'n', 'é'
model: {sequences: attention}
split: {valid: 2020-03-20, test: 2020-04-25}
"""
_LINES = {
    "profiles": ["customer,shade,width,loyal", "1,red,1.50,true", "2,,-2.25,false", "99,blue,,"],
    "makes": ["product,maker,weight", "p1,a,1e1", "007,b,"],
    "zulu": ["t", "2020-07-01T00:30:00.000Z", "2020-01-01T12:00:00.000Z"],
    "offset": ["t", "01.07.2020 00:30 +05:30", "31.12.2019 23:00 +05:30"],
    "mixed": ["t", "2020-07-01 00:30:00Z", "2020-07-01 03:30:00+02:00", "2020-01-01 00:00:00-0330"],
    "counted": ["t", "1593563400123456789", "1577880000000001000"],
}
_START = datetime(2020, 1, 1)
_DAYS = 160


_MORE = ("makes", "offset", "counted", "spend", "first", "late")


def write_shop(folder: Path, *, whole: bool, orders: int = 160, visits: int = 90) -> Path:
    """Write the shop, with tables and tasks of which each is like another only if it is to be whole; give its spec."""
    rng = np.random.default_rng(7)
    _write_customers(folder / "customers.jsonl", rng)
    _write_orders(folder / "orders.parquet", rng, orders)
    _write_visits(folder / "visits.csv", rng, visits)
    for name, lines in _LINES.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    spec = folder / "shop.yaml"
    tree = yaml.safe_load(SPEC)
    for names in () if whole else (tree["tables"], tree["tasks"]):
        for name in names.keys() & {*_MORE}:
            del names[name]
    spec.write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return spec


def _write_customers(path: Path, rng: np.random.Generator) -> None:
    plans = ["free", "Fair \"and\" 'square'", "paid", None]
    rows = [
        {
            "id": number,
            "age": None if number == 3 else int(rng.integers(18, 60)),
            "plan": plans[number % 4],
            "joined": (_START + timedelta(days=int(rng.integers(-20, 30)))).isoformat() + "+02:00",
            "points": [1.5, "1e3", "12d", None][number % 4],
        }
        for number in range(1, 13)
    ]
    lines = [json.dumps(row) for row in rows] + ["no JSON at all", json.dumps(rows[0])]
    path.write_text("\n".join(lines), encoding="utf-8")


def _write_orders(path: Path, rng: np.random.Generator, rows: int) -> None:
    at = [_START + timedelta(hours=6 * int(n)) for n in rng.integers(0, 4 * _DAYS, rows)]
    at[1] = datetime(2031, 5, 5)  # mistyped

    def some(values: list[object]) -> list[object]:
        return [values[n] for n in rng.integers(0, len(values), rows)]

    scored = [t + timedelta(days=int(d)) for t, d in zip(at, rng.integers(0, 9, rows), strict=True)]
    cents = [None if c < 0 else Decimal(int(c)) / 100 for c in rng.integers(-30, 5000, rows)]
    table = {
        "at": pa.array([None, *at[1:]], pa.timestamp("us")),
        "customer": pa.array(some([*range(1, 14), None]), pa.int64()),
        "product": pa.array(some(["p1", "p2", "p3", "007", None])),
        "city": pa.array(some(["n", "s", "é", None])),
        "value": pa.array(cents, pa.decimal128(10, 2)),
        "count": pa.array(some([1, 2, 3, -1, 0, None]), pa.int32()),
        "score": pa.array(some([1, 2, 3, 5, None]), pa.int64()),
        "scored": pa.array(scored, pa.timestamp("us", "UTC")),
        "late": pa.array(some([True, False, False, None])),
        "weight": pa.array(some([0.1, 2.5, 1e7, 1 / 3, float("nan"), None]), pa.float64()),
        "code": pa.array(some([1, 2**63 + 1, None]), pa.uint64()),
    }
    pq.write_table(pa.table(table), path)


def _write_visits(path: Path, rng: np.random.Generator, rows: int) -> None:
    lines = ["seen,customer,page,seconds"]
    for row in range(rows):
        seen = _START + timedelta(minutes=int(rng.integers(0, 24 * 60 * _DAYS)))
        page = ["home", '"cart, ""old"""', "", " 1_000"][row % 4]
        clock = f"{seen.day}/{seen.month}/{seen.year} {seen.hour}:{seen.minute:02}"
        lines.append(f"{clock},{rng.integers(1, 15)}.0,{page},{rng.integers(0, 9)}.{row % 3}0")
    lines[5] = "a line,of,more,than,four,fields"
    lines[9] = lines[9].replace("2020", "20x0")
    lines[12] = "29/3/2020 2:30,1,home,1e1"  # an hour that the clocks left out
    path.write_text("\n".join(lines), encoding="utf-8")
