"""Remarks on odd labels: two values only, all the same, one far off, one row that weighs most; no label is refused."""

from collections.abc import Iterator

import numpy as np

from banian.errors import LabelError
from banian.examples.examples import GrainExamples
from banian.predictions import fit_bounds
from banian.spec import RowTaskSpec, TaskSpec
from banian.spec.expression_text import format_expression, format_name
from banian.spec.node import (
    Aggregate,
    Column,
    Constant,
    is_condition,
    own_columns_of,
    windowed_of,
)

_MOST = 0.5
"""Share of all weight from which one row is remarked on."""
_ENOUGH = 20
"""Fewest rows for that remark: of fewer each weighs much."""
_FAR = 3.0
"""Widths of the believable range of labels; a label farther outside than that is probably mistyped."""


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


def remark_labels(rows: GrainExamples, name: str, task: TaskSpec) -> Iterator[str]:
    """Say what someone who asks a task should know of its labels, a sentence each."""
    at = rows.tasks.index(name)
    asked, known = int(rows.asked[:, at].sum()), rows.mask[:, at]
    if endless := rows.endless.get(name):
        yield (
            f"tasks.{name}: of {asked:,} rows that are asked about {endless:,} have no label, since the number is "
            "infinite or none: divided by zero, too large, or so in the column. They neither train nor judge."
        )
    yield from _remark_values(rows, name, task)
    yield from _remark_weight(rows, name, task)
    if name in rows.classes or not known.any():
        return
    label, level = rows.label[known, at], rows.level[known, at]
    bounds = fit_bounds(label, level)
    beyond = np.abs(label - bounds.clip(label))
    far = beyond > _FAR * (bounds.highest - bounds.lowest)
    if far.any():
        index = int(np.flatnonzero(known)[beyond.argmax()])
        others, noun = label[~far], "label lies" if far.sum() == 1 else "labels lie"
        columns = ", ".join(columns_behind(task)) or "the label's column"
        yield (
            f"tasks.{name}: {int(far.sum()):,} {noun} far from all others: {_say(rows.label[index, at])} "
            f"({_name(rows, index)}), and the others go from {_say(others.min())} to {_say(others.max())}. If that is "
            f"mistyped, correct it in {columns}, or set the row aside with where: of its table."
        )


def remark_two_values(rows: GrainExamples, name: str, task: TaskSpec) -> str | None:
    """Say how to ask for a probability where labels have two values and are not learned as yes or no."""
    label = rows.label[rows.mask[:, rows.tasks.index(name)], rows.tasks.index(name)]
    different = np.unique(label)
    if len(different) != 2 or task.kind is not None or is_condition(task.tree):
        return None
    is_truth = name not in rows.classes and bool(np.isin(different, (0.0, 1.0)).all())
    if name in rows.items or is_truth:
        return None
    values: list[object] = [int(one) if one.is_integer() else one for one in different.tolist()]
    if name in rows.classes:
        if different[-1] >= len(rows.classes[name]):  # what too few rows have has no name
            return None
        values = [rows.classes[name][int(code)].as_py() for code in different]
    first, last = (_write(value) for value in values)
    asked = format_expression(task.tree)
    if isinstance(task.tree, Column):
        asked = f"{format_name(rows.grain.removeprefix('rows of '))}.{asked}"
    return f"two values only, {first} and {last}; for a probability write {asked} = {last}"


def _write(value: object) -> str:
    return format_expression(Constant(value)) if isinstance(value, str) else f"{value}"


def _remark_values(rows: GrainExamples, name: str, task: TaskSpec) -> Iterator[str]:
    at = rows.tasks.index(name)
    label = rows.label[rows.mask[:, at], at]
    if (two := remark_two_values(rows, name, task)) is not None:
        yield f"tasks.{name}: {two}."
    if name not in rows.items and len(label) and label.min() == label.max():
        yield (
            f"tasks.{name}: all {len(label):,} labels are the same, so there is nothing to learn. Check the label's "
            "column, filter and window."
        )


def _remark_weight(rows: GrainExamples, name: str, task: TaskSpec) -> Iterator[str]:
    """Tell of a row that weighs more than all others together."""
    known, weight = rows.mask[:, rows.tasks.index(name)], rows.weight_of(name)
    if weight is None or known.sum() < _ENOUGH:
        return
    heaviest = int(np.where(known, weight, 0).argmax())
    share = float(weight[heaviest] / weight[known].sum())
    if share > _MOST:
        yield (
            f"tasks.{name}: one of {int(known.sum()):,} rows with a label has {share:.0%} of the weight in "
            f"{task.weight!r} ({_name(rows, heaviest)}): it decides for all. Is it mistyped?"
        )


def columns_behind(task: TaskSpec) -> tuple[str, ...]:
    """Name the columns that the number of a label comes from, as table.column."""
    found = [
        f"{part.table}.{part.column}"
        for part in windowed_of(task.tree)
        if isinstance(part, Aggregate) and part.column is not None
    ]
    if isinstance(task, RowTaskSpec):
        found += [f"{task.rows}.{column.name}" for column in own_columns_of(task.tree)]
    return tuple(dict.fromkeys(found))


def _name(rows: GrainExamples, index: int) -> str:
    """Name a row by its keys, and say when it asks."""
    keys = (f"{key} {rows.keys[key][index].as_py()}" for key in rows.keys.column_names)
    when = rows.cutoff[index]
    return ", ".join([*keys, *([] if np.isnat(when) else [f"asked {str(when)[:19]}"])])


def _say(number: float) -> str:
    return f"{number:,.10g}" if float(number).is_integer() else f"{number:,.4g}"
