"""What is known of a categorical field: its values, or into how many buckets they are hashed."""

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from banian.batches.buckets import Buckets, encode_hashed
from banian.batches.vocabulary import Vocabulary, encode_categories

Categories = Vocabulary | Buckets
"""Codes of a categorical field: 0 absent, 1 unseen, then the known values or the buckets."""


def encode_field(categories: Categories, values: pa.ChunkedArray) -> Int[np.ndarray, " row"]:
    """Encode values into codes."""
    match categories:
        case Vocabulary():
            return encode_categories(categories, values)
        case Buckets():
            return encode_hashed(categories, values)
