"""PriceRunner: offers of merchants in ten categories, and which of them are of the same product."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa

from modalities.parts import parts_by_group
from modalities.rows import Rows, Task


def read(public: Path) -> Rows:
    """Read the offers; those of one product stay together. Titles are all there is."""
    path = public / "pricerunner" / "pricerunner_aggregate.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        found = list(csv.reader(lines))
    products = [row[3] for row in found]
    columns = {
        "title": pa.array([row[1] for row in found]),
        "category": pa.array([row[6].strip() for row in found]),
    }
    return Rows(
        "pricerunner",
        pa.table(columns),
        {"category": Task("multiclass", ("accuracy", "macro_f1"), "log_loss")},
        parts_by_group(products),
        np.array(products),
        texts=("title",),
        matching="same_product",
    )
