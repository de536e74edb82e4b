"""From encoded numbers to the part of a block."""

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float, Int8

from banian.features.codecs import NumberCodecs

_TAIL = 1e-3  # ranks nearer to 0 or 1 get the same normal score


def encode_numbers(
    codecs: NumberCodecs, columns: pa.Table, *, rows: int
) -> tuple[Float[np.ndarray, "row field 3"], Int8[np.ndarray, "row field"]]:
    """Encode each field into rank, normal score and scaled value, and its code.

    A field without a column is absent from all of so many rows, and so are all where `columns` has no rows.
    """
    values = np.zeros((rows, len(codecs.names), 3), np.float32)
    codes = np.ones((rows, len(codecs.names)), np.int8)  # 1: absent, unless found below
    places, parts = codecs.encode(columns)
    start = 0
    for found in parts:
        stop = start + found.code.shape[1]
        clipped = torch.from_numpy(np.clip(found.rank, _TAIL, 1 - _TAIL))
        score = torch.special.ndtri(clipped).numpy()
        for part, numbers in enumerate((found.rank, score * found.ordinary, found.scaled)):
            values[start:stop, places, part] = numbers.T
        codes[start:stop, places] = found.code.T
        start = stop
    return values, codes
