"""The features of a grain as one matrix for a quick probe: ranks of numbers, frequent texts."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Shaped

from banian.examples import GrainExamples

_FREQUENT = 8
"""Values of a text that get a column of their own."""


def design_of(rows: GrainExamples) -> Float[np.ndarray, "row column"]:
    """Lay out all features: centred ranks, 0 where a number is unknown, and a column that says so."""
    columns: list[np.ndarray] = []
    for seen in rows.entities.values():
        for name in seen.columns.column_names:
            column = seen.columns[name]
            if pa.types.is_floating(column.type):
                columns += _of_numbers(column.to_numpy())
            else:
                columns += _of_texts(column.combine_chunks())
    if not columns:
        return np.zeros((len(rows), 0), np.float32)
    return np.stack(columns, axis=1)


def _of_numbers(values: Shaped[np.ndarray, " row"]) -> list[np.ndarray]:
    known = np.isfinite(values)
    if not known.any():
        return []
    ranked = np.zeros(len(values), np.float32)
    distinct, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    ranked[known] = (middle / known.sum())[place] - 0.5
    columns = [ranked] if len(distinct) > 1 else []
    return columns if known.all() else [*columns, known.astype(np.float32)]


def _of_texts(values: pa.Array) -> list[np.ndarray]:
    counted = sorted(
        ((-one["counts"], str(one["values"])) for one in pc.value_counts(values).to_pylist())
    )
    frequent = [text for n, text in counted[:_FREQUENT] if -n < len(values)]
    texts = pc.fill_null(pc.cast(values, pa.string()), "None")
    return [
        np.asarray(pc.equal(texts, text).to_numpy(zero_copy_only=False), np.float32)
        for text in frequent
    ]
