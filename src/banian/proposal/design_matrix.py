"""The features of a grain as one design matrix for a quick probe: ranks of numbers, frequent texts."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int, Shaped

from banian.examples import GrainExamples

_MOST_MOMENTS = 8
_FREQUENT = 8
"""Values of a text that get a column of their own."""


def build_design(rows: GrainExamples) -> Float[np.ndarray, "row column"]:
    """Lay out all features as float32: centred ranks, 0 where a number is missing, and a column of 0 where it is so.

    Where all rows have one of a few cutoffs, each is ranked among those of the same cutoff: totals grow, ranks do not.
    """
    columns: list[np.ndarray] = []
    moments, when = np.unique(rows.cutoff, return_inverse=True)
    if len(moments) > _MOST_MOMENTS:
        when = np.zeros(len(rows), np.int64)
    for seen in rows.entities.values():
        for name in seen.columns.column_names:
            column = seen.columns[name]
            if pa.types.is_floating(column.type):
                columns += _of_numbers(column.to_numpy(), when)
            else:
                columns += _of_texts(column.combine_chunks())
    if not columns:
        return np.zeros((len(rows), 0), np.float32)
    design = np.stack(columns, axis=1)
    for moment in np.unique(when):
        design[when == moment] -= design[when == moment].mean(axis=0)
    return design


def _of_numbers(
    values: Shaped[np.ndarray, " row"], when: Int[np.ndarray, " row"]
) -> list[np.ndarray]:
    known = np.isfinite(values)
    ranked = np.zeros(len(values), np.float32)
    for moment in np.unique(when[known]):
        here = known & (when == moment)
        ranked[here] = centred_ranks(values[here])
    columns = [ranked] if ranked.any() else []
    return columns if known.all() or not known.any() else [*columns, known.astype(np.float32)]


def centred_ranks(values: Shaped[np.ndarray, " row"]) -> Float[np.ndarray, " row"]:
    """Give centred mid-ranks, from -1/2 to 1/2.

    >>> centred_ranks(np.array([3.0, 1.0, 3.0])).round(3).tolist()
    [0.167, -0.333, 0.167]
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return ((np.cumsum(counts) - counts / 2) / max(len(values), 1))[place] - 0.5


def _of_texts(values: pa.Array) -> list[np.ndarray]:
    counted = sorted(
        (-one["counts"], str(one["values"])) for one in pc.value_counts(values).to_pylist()
    )
    frequent = [text for n, text in counted[:_FREQUENT] if -n < len(values)]
    texts = pc.fill_null(pc.cast(values, pa.string()), "None")
    return [
        np.asarray(pc.equal(texts, text).to_numpy(zero_copy_only=False), np.float32)
        for text in frequent
    ]
