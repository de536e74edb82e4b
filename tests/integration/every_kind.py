"""A small shop of which a question of every kind can be asked, each with every tower that can learn it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SPEC = """\
shop: every-kind
tables:
  orders:
    source: orders.parquet
    key: id
    time: at
    links: {who: customers, item: products}
    scene: place
    known_at: {stars: 1d, reason: 2d, bought: 1d}
  customers: {from: orders, key: who}
  products: {from: orders, key: item}
tasks:
  again: PREDICT EXISTS(orders, 0, 14d) FOR EACH customers
  number: PREDICT COUNT(orders, 0, 30d) FOR EACH customers
  scattered: PREDICT COUNT(orders, 0, 30d) FOR EACH customers WITH negative_binomial
  spend: PREDICT SUM(orders.price, 0, 30d) FOR EACH customers
  value: PREDICT SUM(orders.price, 0, 30d) FOR EACH customers BY rmse WITH zero_inflated_log_normal
  usual: PREDICT AVG(orders.price, 0, 30d) FOR EACH customers WITH gaussian
  most: PREDICT SUM(orders.price, 0, 30d) FOR EACH customers AS quantile 0.9
  next: PREDICT LIST_DISTINCT(orders.item, 0, 30d) RANK TOP 3 FOR EACH customers
  far: PREDICT LIST_DISTINCT(orders.item, 0, 30d) RANK TOP 3 FOR EACH customers BY recall WITH sampled_softmax
  stars: PREDICT orders.stars FOR EACH orders
  reason: PREDICT orders.reason FOR EACH orders
  size: PREDICT orders.size FOR EACH orders AS multiclass BY accuracy
  gain: PREDICT orders.bought FOR EACH orders UPLIFT arm OVER 'none'
split: {valid: 2025-06-20, test: 2025-09-01}
model: {sharing: {kind: shared_bottom, width: 8}, entity_width: 8, private_width: 4, tower_width: 6}
train: {epochs: 1, batch_rows: 256, seeds: 1}
"""
_CUSTOMERS, _ITEMS, _HOURS = 120, 15, 280 * 24


def write_shop(folder: Path, orders: int = 1300) -> Path:
    """Write the shop; give its spec."""
    rng = np.random.Generator(np.random.PCG64(0))
    who = rng.integers(0, _CUSTOMERS, orders)
    taste, favourite = rng.normal(size=_CUSTOMERS)[who], rng.integers(0, _ITEMS, _CUSTOMERS)[who]
    hours = np.sort(rng.integers(0, _HOURS, orders)).astype("timedelta64[h]")
    item = np.where(rng.random(orders) < 0.5, favourite, rng.integers(0, _ITEMS, orders))
    arm = rng.choice(["none", "mail", "call"], orders)
    bought = rng.random(orders) < 0.2 + 0.3 * (arm == "mail") * (taste > 0)
    reason = np.where(taste + rng.normal(size=orders) > 0.5, "late", "size").astype(object)
    reason[::9] = "colour"
    reason[3] = "seen once"
    reason[-60:-54] = "never seen before"
    table = {
        "id": np.arange(orders),
        "at": np.datetime64("2025-01-01", "us") + hours,
        "who": who,
        "item": [f"p{number}" for number in item],
        "place": rng.choice(["home", "search"], orders),
        "price": np.exp(2 + 0.5 * taste + 0.4 * rng.normal(size=orders)).round(2),
        "stars": np.clip(np.round(3 + 1.2 * taste + rng.normal(size=orders)), 1, 5).astype(int),
        "reason": reason.tolist(),
        "size": rng.choice([38, 40, 42], orders),
        "arm": arm,
        "bought": bought.astype(int),
    }
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(table), folder / "orders.parquet")
    spec = folder / "shop.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    return spec
