"""A small shop whose customers look at items and buy some, fitted once for what recommends them."""

import contextlib
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banian.cli.main import app
from banian.workflows.store import store

CUSTOMERS, ITEMS, VIEWS = 60, 40, 1500
SPEC = """\
shop: items
tables:
  views:
    source: views.parquet
    key: view_id
    time: at
    links: {customer_id: customers, product_id: products}
    scene: place
  sales:
    source: sales.parquet
    key: sale_id
    time: at
    links: {customer_id: customers, product_id: products}
    scene: place
  customers: {source: customers.parquet, key: customer_id, time: joined_at, pii: [mail]}
  products:
    source: products.parquet
    key: product_id
    time: since
    links: {merchant_id: merchants}
  merchants: {source: merchants.parquet, key: merchant_id}
tasks:
  click: PREDICT views.clicked FOR EACH views
  buy: PREDICT views.bought FOR EACH views GIVEN click
  stay: PREDICT views.stayed FOR EACH views
  next: PREDICT LIST_DISTINCT(sales.product_id, 0, 28d) RANK TOP 5 FOR EACH customers
  demand: PREDICT COUNT(sales, 0, 28d) FOR EACH products
split: {valid: 2025-05-01, test: 2025-06-01}
model: {sharing: {kind: shared_bottom, width: 8}, entity_width: 8, private_width: 4, tower_width: 6}
train: {epochs: 1, batch_rows: 256, seeds: 1}
serve_with: joint
"""


def write_item_shop(folder: Path) -> Path:
    """Write the shop; give its spec."""
    rng = np.random.Generator(np.random.PCG64(0))
    folder.mkdir(parents=True, exist_ok=True)
    start = np.datetime64("2025-01-01", "us")

    def when(count: int) -> np.ndarray:
        return start + np.sort(rng.integers(0, 200 * 24 * 60, count)).astype("timedelta64[m]")

    group = np.arange(ITEMS) % 4
    taste = rng.integers(0, 4, CUSTOMERS)
    who, item = rng.integers(0, CUSTOMERS, VIEWS), rng.integers(0, ITEMS, VIEWS)
    fits = taste[who] == group[item]
    clicked = rng.random(VIEWS) < 0.2 + 0.5 * fits
    bought = clicked & (rng.random(VIEWS) < 0.3 + 0.4 * fits)
    price = np.round(5 + 2.5 * np.arange(ITEMS), 2)
    at = when(VIEWS)
    views = {
        "view_id": np.arange(VIEWS),
        "customer_id": [f"c{one}" for one in who],
        "product_id": [f"p{one}" for one in item],
        "at": at,
        "place": rng.choice(["home", "search"], VIEWS),
        "price": price[item],
        "clicked": clicked,
        "bought": bought,
        "stayed": rng.random(VIEWS) < 0.4,
    }
    sold = np.flatnonzero(bought)
    sales = {
        "sale_id": np.arange(len(sold)),
        "customer_id": [f"c{one}" for one in who[sold]],
        "product_id": [f"p{one}" for one in item[sold]],
        "at": at[sold] + np.timedelta64(5, "m"),
        "place": np.asarray(views["place"])[sold],
        "price": price[item[sold]],
    }
    customers = {
        "customer_id": [f"c{one}" for one in range(CUSTOMERS)],
        "joined_at": [start] * CUSTOMERS,
        "country": rng.choice(["DE", "FR"], CUSTOMERS),
        "mail": [f"someone{one}@example.org" for one in range(CUSTOMERS)],
    }
    products = {
        "product_id": [f"p{one}" for one in range(ITEMS)],
        "since": [start] * (ITEMS - 1) + [np.datetime64("2025-06-15", "us")],
        "title": [f"Thing {one}" for one in range(ITEMS)],
        "kind": [f"kind {one}" for one in group],
        "price": price,
        "in_stock": [one % 5 != 0 for one in range(ITEMS)],
        "merchant_id": [f"m{one % 3}" for one in range(ITEMS)],
    }
    tables = {"views": views, "sales": sales, "customers": customers, "products": products}
    tables["merchants"] = {"merchant_id": ["m0", "m1", "m2"], "city": ["A", "B", "C"]}
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    (folder / "shop.yaml").write_text(SPEC, encoding="utf-8")
    return folder / "shop.yaml"


def fit_item_shop(folder: Path) -> None:
    """Make the tables, and a run with its store; a secret for hashes must be set."""
    from banian.workflows import permutation_importance

    spec = write_item_shop(folder / "tables")
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        for name, value in {
            "_PERMUTATIONS": 2,
            "_MOST_COLUMNS": 2,
            "_FIRST_ROWS": 9,
            "_MOST_ROWS": 20,
        }.items():
            patch.setattr(permutation_importance, name, value)
        app(["fit", str(spec), "--out", str(folder / "run"), "--quick"], standalone_mode=False)
    store(folder / "run", folder / "tables")
