"""A column of an entity's own row in a store, be it a feature or one that only questions read."""

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int64

from banian.features.stored_rows import NEVER, Field, StoredRows
from banian.schema import ColumnType

OWN_FIELD = "own"
"""How the fields of those columns of an entity's own row begin that WHERE reads and no feature is made of."""


def read_own(
    rows: StoredRows,
    found: Int64[np.ndarray, "ask field"],
    column: str,
    kind: ColumnType,
    is_there: Bool[np.ndarray, " ask"],
) -> pa.Array:
    """Read a column of own rows that were found: text, an instant in ticks, or a number; null where no row is there."""
    field: Field = ("feature", column)
    field = field if field in rows.places else (OWN_FIELD, column)
    if field in rows.texts:
        return rows.words(found, field, is_there)
    if kind.kind == "time":
        ticks = found[:, rows.places[field]]
        return pa.array(ticks, mask=~is_there | (ticks == NEVER))
    values = rows.floats(found, field)
    return pa.array(values, mask=~is_there | np.isnan(values))
