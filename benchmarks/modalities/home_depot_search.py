"""Home Depot: how well a product's title fits what was searched for, judged by people from 1 to 3."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from modalities.parts import parts_by_group
from modalities.rows import Rows, Task


def read(public: Path) -> Rows:
    """Read the pairs; those of one search stay together."""
    archive = zipfile.ZipFile(public / "home_depot_search" / "train.csv.zip")
    with archive.open("train.csv") as raw:
        found = list(csv.DictReader(io.TextIOWrapper(raw, encoding="latin-1", newline="")))
    searches = [row["search_term"] for row in found]
    columns = {
        "search": pa.array(searches),
        "title": pa.array([row["product_title"] for row in found]),
        "relevance": pa.array([float(row["relevance"]) for row in found]),
    }
    groups = [" ".join(search.lower().split()) for search in searches]
    return Rows(
        "home_depot_search",
        pa.table(columns),
        {"relevance": Task("regression", ("rmse", "ndcg"), "rmse")},
        parts_by_group(groups),
        np.array(groups),
        texts=("search", "title"),
    )
