"""What is known of a categorical field: its values, or into how many buckets they are hashed."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from banian.batches.buckets import Buckets, encode_hashed
from banian.batches.vocabulary import ABSENT, Vocabulary, encode_categories

Categories = Vocabulary | Buckets
"""Codes of a categorical field: 0 absent, 1 unseen, then the known values or the buckets."""


def encode_field(categories: Categories, values: pa.ChunkedArray) -> Int[np.ndarray, " row"]:
    """Encode values into codes."""
    match categories:
        case Vocabulary():
            return encode_categories(categories, values)
        case Buckets():
            return encode_hashed(categories, values)


def encode_fields(
    fields: Mapping[str, Categories], columns: pa.Table, *, rows: int
) -> Int[np.ndarray, "row field"]:
    """Encode each field from its column; a field without a column is absent, and so are rows behind the last."""
    codes = np.full((rows, len(fields)), ABSENT, np.int64)
    there = set(columns.column_names)
    for at, (name, categories) in enumerate(fields.items()):
        if name in there:
            codes[: len(columns), at] = encode_field(categories, columns[name])
    return codes
