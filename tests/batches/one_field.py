"""One numeric field alone."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from banian.batches.numbers import encode_numbers
from banian.features.codecs import NumberCodec, NumberCodecs


def encode_number(
    codec: NumberCodec, values: Sequence[float] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Encode the values of one field: [row, 3] and the codes of special values [row]."""
    column = pa.array(np.asarray(values, float))
    codecs = NumberCodecs({"x": codec})
    values, codes = encode_numbers(codecs, pa.table({"x": column}), rows=len(column))
    return values[:, 0], codes[:, 0]
