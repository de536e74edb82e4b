"""Writes what a store keeps of keys: one row for each."""

from collections.abc import Mapping
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.features.stored_rows import NEVER, Field, RowsWriter, as_bits


def write_keyed(
    rows: ir.Table,
    key: str,
    values: Mapping[Field, ir.Value],
    keys: ir.Table | None,
    folder: Path,
) -> None:
    """Write one row for each key.

    Args:
        rows: one for each key; those whose key is null are left out.
        key: the column that names the key.
        values: field → what is kept of a row: a float, a tick, or a text.
        keys: the keys (column `key`) that are written, those without a row among them; all that have one where none
            are given.
        folder: where to; it is made.

    """
    named = {f"field {at}": value for at, value in enumerate(values.values())}
    chosen = rows.select(key=rows[key].cast("string"), **named)
    chosen = chosen.filter(chosen.key.notnull())
    wanted = pa.array([], pa.string())
    if keys is not None:
        asked = keys.select(key=keys.key.cast("string"))
        chosen = chosen.filter(chosen.key.isin(asked.key))
        wanted = asked.order_by("key").to_pyarrow()["key"].combine_chunks()
    read = chosen.order_by("key").to_pyarrow()
    numbers: dict[Field, np.ndarray] = {}
    texts: dict[Field, pa.Array] = {}
    for at, field in enumerate(values):
        column = read[f"field {at}"].combine_chunks()
        if pa.types.is_floating(column.type):
            numbers[field] = as_bits(pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False))
        elif pa.types.is_integer(column.type) or pa.types.is_null(column.type):
            ticks = pc.fill_null(column.cast(pa.int64()), NEVER)
            numbers[field] = ticks.to_numpy(zero_copy_only=False)
        else:
            texts[field] = column
    there = read["key"].combine_chunks()
    gone = wanted.filter(pc.invert(pc.is_in(wanted, there)))
    lengths = np.repeat([1, 0], [len(there), len(gone)]).astype(np.int64)
    writer = RowsWriter(folder)
    writer.add(pa.concat_arrays([there, gone]), lengths, numbers, texts)
    writer.close()
