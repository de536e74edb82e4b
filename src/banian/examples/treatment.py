"""Treatment arms: for tasks of uplift, which treatment each row of a trial got."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.errors import LabelError, SpecError, nearest
from banian.examples.label import Labels
from banian.features.asks import OWN, own_names
from banian.spec import RowTaskSpec, TaskSpec

_MOST_ARMS = 20


def add_treatment(labels: Labels, asked: pa.Table, name: str, task: TaskSpec) -> Labels:
    """Add to the labels of an uplift task the treatment arm of each row; other tasks' labels are given back unchanged.

    `classes` become the names of the arms, the control first, and `items` a list of one code per row. A row whose
    treatment is not known has no label. `asked` has the rows' own columns.

    Raises:
        SpecError: there is no such column, or nobody in it was left alone.
        LabelError: the label is a text or a list, or there are no treatments or too many.

    """
    if not isinstance(task, RowTaskSpec) or task.treatment is None:
        return labels
    if labels.classes is not None:
        raise LabelError(
            f"tasks.{name}: what a treatment adds to a text cannot be said.",
            remedy="Ask for a number or yes or no, like status = 'bought'.",
        )
    where, column = f"tasks.{name}.treatment", OWN + task.treatment
    there = own_names(asked.column_names)
    if task.treatment not in there:
        raise SpecError(
            f"{where}: no column {task.treatment!r}.", remedy=nearest(task.treatment, there)
        )
    arm = pc.cast(asked[column], pa.string()).combine_chunks()
    different = sorted(pc.unique(arm.drop_null()).to_pylist())
    if task.control not in different:
        raise SpecError(
            f"tasks.{name}.control: no row has {task.control!r} in {task.treatment!r}.",
            remedy=nearest(str(task.control), different[:_MOST_ARMS]),
        )
    names = [task.control, *(one for one in different if one != task.control)]
    if not 2 <= len(names) <= _MOST_ARMS:
        raise LabelError(
            f"{where}: {task.treatment!r} has {len(names)} different texts, the control among them.",
            remedy=f"Name a column of one control and at most {_MOST_ARMS - 1} treatments.",
        )
    codes = pc.cast(pc.index_in(arm, value_set=pa.array(names)), pa.int64())
    known = np.asarray(codes.is_valid()) & ~np.isnan(labels.value)
    lists = pa.ListArray.from_arrays(
        pa.array(np.arange(len(codes) + 1), pa.int32()), codes, mask=pa.array(~known)
    )
    return replace(
        labels,
        value=np.where(known, labels.value, np.nan),
        classes=pa.array(names, pa.string()),
        items=lists,
    )
