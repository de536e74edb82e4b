"""One numeric field alone."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import torch
from packed import unpack

from banian.batches import NumberPart
from banian.batches.numbers import encode_numbers
from banian.features.codecs import NumberCodec, NumberCodecs


def encode_number(
    codec: NumberCodec, values: Sequence[float] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Encode the values of one field: rank, score and scaled value [row, 3], and the codes of special values [row]."""
    column = pa.array(np.asarray(values, float))
    codecs = NumberCodecs({"x": codec})
    found = encode_numbers(codecs, pa.table({"x": column}), rows=len(column))
    part = NumberPart(*(torch.from_numpy(array) for array in found))
    return unpack(part)[:, 0].numpy(), found[1][:, 0]
