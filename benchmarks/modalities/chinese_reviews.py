"""Chinese reviews of products in ten categories, liked or not."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa

from modalities.parts import parts_by_group
from modalities.rows import Rows, Task


def read(public: Path) -> Rows:
    """Read the reviews; equal ones stay together, the one without text is left out."""
    path = public / "chinese_reviews" / "online_shopping_10_cats.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        found = [row for row in csv.DictReader(lines) if row["review"].strip("\ufeff \n")]
    texts = [row["review"].strip("\ufeff \n") for row in found]
    columns = {
        "review": pa.array(texts),
        "liked": pa.array([row["label"] == "1" for row in found]),
        "category": pa.array([row["cat"] for row in found]),
    }
    return Rows(
        "chinese_reviews",
        pa.table(columns),
        {
            "liked": Task("binary", ("auc",), "auc"),
            "category": Task("multiclass", ("accuracy", "macro_f1"), "log_loss"),
        },
        parts_by_group(texts),
        np.array(texts),
        texts=("review",),
    )
