"""From the columns of categorical fields to the part of a block."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from jaxtyping import Int32

from banian.features.codecs import ABSENT, AbstractCategories
from banian.features.feature_columns import FeatureColumns


def encode_categories(
    fields: Mapping[str, AbstractCategories], columns: pa.Table | FeatureColumns, *, rows: int
) -> Int32[np.ndarray, "row field"]:
    """Encode each field from its column; a field without a column is absent, and so are rows behind the last."""
    codes = np.full((rows, len(fields)), ABSENT, np.int32)
    there = set(columns.column_names)
    for at, (name, categories) in enumerate(fields.items()):
        if name in there:
            codes[: len(columns), at] = categories.encode(columns[name])
    return codes
