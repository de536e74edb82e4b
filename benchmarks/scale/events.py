"""An event table of any size: who bought what when, for how much."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

START = datetime(2024, 1, 1)
DAYS = 360
CUTOFFS = tuple(START + timedelta(days=day) for day in (240, 270, 300))
_CHUNK = 2_000_000


def name_of(events: int) -> str:
    """Name the file of so many events."""
    return f"events-{events}.parquet"


def write_events(folder: Path, events: int, *, seed: int = 3) -> None:
    """Write the file unless it is there: 50 events per customer, 500 per product, some far more than others."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name_of(events)
    if path.exists():
        return
    draw = np.random.default_rng(seed)
    customers, products = max(events // 50, 1), max(events // 500, 1)
    writer = None
    for first in range(0, events, _CHUNK):
        count = min(_CHUNK, events - first)
        cents = np.exp(draw.normal(3.5, 1.0, count)) * 100 * draw.choice([1, 1, 1, 1, -1], count)
        seconds = draw.integers(0, DAYS * 86_400, count)
        table = pa.table(
            {
                "placed": (np.datetime64(START, "s") + seconds).astype("datetime64[us]"),
                "customer": (customers * draw.random(count) ** 1.5).astype(np.int64),
                "product": (products * draw.random(count) ** 2.5).astype(np.int64),
                "amount": decimals(cents.astype(np.int64)),
                "quantity": 1 + draw.poisson(0.5, count),
                "gift": draw.random(count) < 0.1,
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def decimals(cents: np.ndarray) -> pa.Array:
    """Turn cents into decimals of two digits, without a Python object per value."""
    halves = np.empty((len(cents), 2), np.int64)
    halves[:, 0], halves[:, 1] = cents, cents >> 63
    return pa.Array.from_buffers(pa.decimal128(12, 2), len(cents), [None, pa.py_buffer(halves)])
