"""Fashion products that have a picture: their type, colour, gender, season and usage, from the name and the picture."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from modalities.parts import parts_by_group
from modalities.rows import Rows, Task

_ASKED = {
    "type": "articleType",
    "colour": "baseColour",
    "gender": "gender",
    "season": "season",
    "usage": "usage",
}


def read(public: Path) -> Rows:
    """Read the 9,583 products with a picture; products of one name stay together.

    The shop's own categories are left out: each holds its types and would give them away.
    """
    folder = public / "fashion_products"
    pictures = pq.read_table(folder / "images.parquet")
    products = pq.read_table(folder / "styles.parquet").join(pictures, "id", join_type="inner")
    products = products.sort_by("id")
    names = [name or "" for name in products["productDisplayName"].to_pylist()]
    groups = [" ".join(name.lower().split()) for name in names]
    columns = {
        "name": pa.array(names),
        "picture": products["image"].combine_chunks(),
        "year": products["year"].combine_chunks(),
        **{task: products[column].cast(pa.string()) for task, column in _ASKED.items()},
    }
    classes = Task("multiclass", ("accuracy", "macro_f1"), "log_loss")
    return Rows(
        "fashion_products",
        pa.table(columns),
        dict.fromkeys(_ASKED, classes),
        parts_by_group(groups),
        np.array(groups),
        texts=("name",),
        images=("picture",),
    )
