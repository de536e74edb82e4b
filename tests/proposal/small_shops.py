"""Small shops, written as files, that hold one thing to be proposed."""

from pathlib import Path

import numpy as np
import pandas as pd

from banian.proposal import TaskCandidate, find_candidates
from banian.spec import ShopSpec, parse_tables
from banian.tables import read_database

START = pd.Timestamp("2025-01-01")


def visits(rows: int = 1500, *, days: float = 300, seed: int = 0) -> pd.DataFrame:
    """Random visits of 40 customers to 30 products."""
    random = np.random.default_rng(seed)
    at = START + pd.to_timedelta(np.sort(random.uniform(0, days, rows)), "D")
    return pd.DataFrame(
        {
            "at": at.floor("s"),
            "customer": random.integers(0, 40, rows).astype(str),
            "product": [f"p{number}" for number in random.integers(0, 30, rows)],
        }
    )


def write(folder: Path, declared: str, **tables: pd.DataFrame) -> tuple[ShopSpec, bool]:
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return parse_tables(f"shop: s\ntables:\n{declared}")


def candidates(folder: Path, declared: str, **tables: pd.DataFrame) -> dict[str, TaskCandidate]:
    spec, _ = write(folder, declared, **tables)
    found, _ = find_candidates(read_database(spec, folder))
    return {one.name: one for one in found}


EVENTS = """\
  events: {source: events.csv, time: at, links: {customer: customers, product: products}}
  customers: {from: events, key: customer}
  products: {from: events, key: product}
"""
