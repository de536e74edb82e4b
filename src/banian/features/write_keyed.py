"""Writes what a store keeps of keys: one row for each."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.features.stored_rows import NEVER, Field, RowsWriter, as_bits


def select_keyed(
    rows: ir.Table, key: str, values: Mapping[Field, ir.Value], keys: ir.Table | None
) -> ir.Table:
    """Select what is written of each key, sorted.

    Args:
        rows: one for each key; those whose key is null are left out.
        key: the column that names the key.
        values: field → what is kept of a row: a float, a tick, or a text.
        keys: the keys (column `key`) that are written; all where none are given.

    """
    named = {f"field {at}": value for at, value in enumerate(values.values())}
    chosen = rows.select(key=rows[key].cast("string"), **named)
    chosen = chosen.filter(chosen.key.notnull())
    if keys is not None:
        asked = keys.select(key=keys.key.cast("string"))
        chosen = chosen.filter(chosen.key.isin(asked.key))
    return chosen.order_by("key")


def write_keyed(
    batches: pa.RecordBatchReader, fields: Iterable[Field], wanted: pa.Array | None, folder: Path
) -> None:
    """Write one row for each key.

    Args:
        batches: the rows, as `select_keyed` gives them.
        fields: those of its values, in their order.
        wanted: keys, as text, that are written though they have no row; none where none are.
        folder: where to; it is made.

    """
    read = batches.read_all()
    numbers: dict[Field, np.ndarray] = {}
    texts: dict[Field, pa.Array] = {}
    for at, field in enumerate(fields):
        column = read[f"field {at}"].combine_chunks()
        if pa.types.is_floating(column.type):
            numbers[field] = as_bits(pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False))
        elif pa.types.is_integer(column.type) or pa.types.is_null(column.type):
            ticks = pc.fill_null(column.cast(pa.int64()), NEVER)
            numbers[field] = ticks.to_numpy(zero_copy_only=False)
        else:
            texts[field] = column
    there = read["key"].combine_chunks()
    writer = RowsWriter(folder)
    writer.add(there, np.ones(len(there), np.int64), numbers, texts)
    writer.add_absent(wanted, there)
    writer.close()
