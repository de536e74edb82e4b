"""What is odd about the labels of a task: said, not refused; none at all are refused."""

from collections.abc import Iterator

import numpy as np

from banian.errors import LabelError
from banian.examples.examples import GrainExamples
from banian.spec import TaskSpec


def expect_labels(rows: GrainExamples, name: str, task: TaskSpec) -> None:
    """Refuse a task that asks about nobody, or of whose rows none has a label.

    Raises:
        LabelError: with which of the two it is.

    """
    at = rows.tasks.index(name)
    asked = int(rows.asked[:, at].sum())
    if not asked:
        noun = f"no row of {rows.grain.removeprefix('rows of ')}"
        why = "" if task.condition is None else ": WHERE holds for none"
        raise LabelError(
            f"tasks.{name}: nobody is asked, {noun} at any time that the split asks about{why}.",
            remedy="Check the spelling of what WHERE compares with, and the columns that it reads."
            if task.condition is not None
            else "Check the tables' times against split.",
        )
    if not np.isnan(rows.label[:, at]).all():
        return
    if endless := rows.endless.get(name):
        raise LabelError(
            f"tasks.{name}: not one label is known: in {endless:,} of {asked:,} rows the number is infinite or none.",
            remedy="Divide by what is never 0, such as NULLIF(…, 0), or correct the column.",
        )
    raise LabelError(
        f"tasks.{name}: not one label is known of {asked:,} rows that are asked about.",
        remedy="Check the label's column, filter and window against the span of the data.",
    )


def remark_labels(rows: GrainExamples, name: str) -> Iterator[str]:
    """Say what someone who asks a task should know of its labels, a sentence each."""
    asked = int(rows.asked[:, rows.tasks.index(name)].sum())
    if endless := rows.endless.get(name):
        yield (
            f"tasks.{name}: of {asked:,} rows that are asked about {endless:,} have no label, since the number is "
            "infinite or none: divided by zero, too large, or so in the column. They neither train nor judge."
        )
