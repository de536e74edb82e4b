"""What an entity had before is left out of the labels of those tasks that ask only for what is new to it."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.examples.label import Labels


def drop_had(labels: Labels, had: pa.Array) -> Labels:
    """Leave out of lists what was had before; a list may become empty.

    >>> lists, names = pa.array([[0, 1], None]), pa.array(["milk", "tea"])
    >>> labels = Labels(np.array([2.0, np.nan]), np.zeros(2, np.int64), names, lists)
    >>> drop_had(labels, pa.array([["tea"], ["tea"]])).items.to_pylist()
    [[0], None]
    """
    assert labels.items is not None
    assert labels.classes is not None
    size = max(len(labels.classes), 1)
    rows = pc.list_parent_indices(labels.items).to_numpy().astype(np.int64)
    codes = labels.items.flatten().to_numpy().astype(np.int64)
    before = pc.index_in(had.flatten(), labels.classes)
    is_known = np.asarray(before.is_valid())
    there = pc.list_parent_indices(had).to_numpy().astype(np.int64)[is_known] * size
    there += before.drop_null().to_numpy()
    is_new = ~np.isin(rows * size + codes, there)
    sizes = np.bincount(rows[is_new], minlength=len(labels.items))
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    lists = pa.ListArray.from_arrays(
        offsets, pa.array(codes[is_new], pa.int64()), mask=labels.items.is_null()
    )
    value = np.where(np.isnan(labels.value), np.nan, sizes)
    return replace(labels, value=value, items=lists)
