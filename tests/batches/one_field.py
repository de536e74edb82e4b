"""One numeric field alone."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from banian.batches.number import NumberFields, NumberState


def encode_number(
    state: NumberState, values: Sequence[float] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Encode the values of one field: [row, 3] and the codes of special values [row]."""
    column = pa.array(np.asarray(values, float))
    numeric, special = NumberFields({"x": state}).encode(pa.table({"x": column}), rows=len(column))
    return numeric[:, 0], special[:, 0]
