"""PriceRunner: offers of merchants for the same products, in ten categories; which offers are of one product?"""

import csv
import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
from modalities.parts import parts_by_group
from modalities.rows import Rows, Task


def read(public: Path) -> Rows:
    """Read the offers; those of one product stay together. The merchant's number is left out: titles are all there is."""
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
    )
