"""A small generated shop of two tables, customers and orders, with its spec."""

from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

SPEC = """\
shop: corner-shop
tables:
  orders:
    source: orders.csv
    key: order_id
    time: ordered_at
    links: {customer_id: customers}
    scene: channel
    derive: {amount: quantity * price}
    known_at: {returned: 14d}                       # whether it comes back is known after two weeks
  customers: {source: customers.csv, key: customer_id, time: joined_at}
tasks:
  repurchase:
    for_each: customers
    where: {aggregate: exists, of: orders, within: 60d}
    label: {aggregate: exists, of: orders, within: 30d}
  spend:
    for_each: customers
    where: {aggregate: exists, of: orders, within: 60d}
    label: {aggregate: sum, of: orders.amount, within: 30d}
  orders:
    for_each: customers
    where: {aggregate: exists, of: orders, within: 60d}
    label: {aggregate: count, of: orders, within: 30d}
  returned: {rows: orders, label: returned}
split: {valid: 2025-09-01, test: 2025-11-01}
serve_with: joint
"""

_START = np.datetime64("2025-01-01", "s")
_DAYS = 360
_DAY = 86_400
_CHANNELS = ("home", "search", "cart")


def write_corner_shop(folder: str | PathLike[str], *, customers: int = 600, seed: int = 7) -> Path:
    """Write orders.csv, customers.csv and shop.yaml into a folder; give the spec's path.

    Customers differ in how often they buy, how much they spend and how often they send things back; a third of them
    leave during the year. The same arguments give the same bytes.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.Generator(np.random.PCG64(seed))
    joined = generator.integers(0, _DAYS // 2, customers) * _DAY
    left = np.where(
        generator.random(customers) < 1 / 3, generator.uniform(60, _DAYS, customers), _DAYS
    )
    country = generator.choice(["DE", "FR", "PL"], customers, p=[0.5, 0.3, 0.2])
    _write(
        folder / "customers.csv",
        customer_id=_names("c", customers),
        joined_at=_times(joined),
        country=country,
    )
    who, at = _visits(generator, joined, left * _DAY)
    taste = generator.normal(0, 1, customers)  # what a customer spends and sends back
    price = np.round(np.exp(generator.normal(2.5, 0.6, len(who)) + 0.3 * taste[who]), 2)
    chance = 1 / (1 + np.exp(2.2 - 0.9 * taste[who] - 0.03 * (price - price.mean())))
    _write(
        folder / "orders.csv",
        order_id=_names("o", len(who)),
        customer_id=np.asarray(_names("c", customers))[who],
        ordered_at=_times(at),
        channel=generator.choice(_CHANNELS, len(who)),
        quantity=1 + generator.poisson(0.5, len(who)),
        price=price,
        returned=generator.random(len(who)) < chance,
    )
    (folder / "shop.yaml").write_text(SPEC)
    return folder / "shop.yaml"


def _visits(
    generator: np.random.Generator, joined: np.ndarray, left: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Draw who buys when, in the order of time: a Poisson process for each customer between joining and leaving."""
    span = np.maximum(left - joined, 0)
    rate = generator.gamma(1.2, 1 / 25, len(joined)) / _DAY
    times = generator.poisson(rate * span)
    who = np.repeat(np.arange(len(joined)), times)
    at = joined[who] + generator.random(len(who)) * span[who]
    order = np.argsort(at, kind="stable")
    return who[order], at[order].astype(np.int64)


def _names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number:05d}" for number in range(count)]


def _times(seconds: np.ndarray) -> pa.Array:
    return pc.strftime(pa.array(_START + seconds.astype("timedelta64[s]")), "%Y-%m-%d %H:%M:%S")


def _write(path: Path, **columns: object) -> None:
    csv.write_csv(pa.table({name: pa.array(column) for name, column in columns.items()}), path)
