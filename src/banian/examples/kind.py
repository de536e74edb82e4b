"""What kind of thing a label is, by its expression and by its values."""

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
from jaxtyping import Float

from banian.errors import LabelError
from banian.spec import Kind, RowTaskSpec, TaskSpec, check_choices
from banian.spec.expression_text import format_expression
from banian.spec.node import (
    Aggregate,
    Column,
    Compare,
    Comparison,
    Constant,
    Greatest,
    Least,
    Node,
    Operation,
    is_condition,
)

_NUMBERS: tuple[Kind, ...] = ("binary", "count", "amount", "regression", "ordinal", "multiclass")
"""Kinds that a label of numbers can have, told apart by nothing else than what is asked."""
_YES = ("yes", "y", "true", "t", "ja", "oui", "si", "sí", "sim", "won", "positive", "1")
_SHOWN = 5  # classes
_COUNTS = ("count", "count_distinct")
_MEASURES = ("avg", "min", "max", "first", "last")
_GRADES = (3, 10)
"""A label column of whole numbers with so few grades in a row, none below 1, is a rating."""
_POINT_MASS = 0.05
"""A label column that is 0 at least this often, and never less, is an amount."""


def infer_kind(
    name: str,
    task: TaskSpec,
    label: Float[np.ndarray, " row"],
    *,
    classes: pa.Array | None = None,
    listed: bool = False,
) -> Kind:
    """Tell the kinds apart, and hold what was said against the labels.

    `classes` are the texts that labels are codes of, if they are; `listed` says that they are lists of items.

    Raises:
        LabelError: the task has no label, labels that its kind cannot have, or a metric or tower that does not fit it.

    """
    known = label[~np.isnan(label)]
    if known.size == 0:
        raise LabelError(
            f"tasks.{name}: not one label is known.",
            remedy="Check the label's column, filter and window against the span of the data.",
        )
    if isinstance(task, RowTaskSpec) and task.treatment is not None:
        kind: Kind = "uplift"
    elif listed:
        kind = "ranking"
    elif classes is not None:
        kind = "multiclass"
    else:
        kind = task.kind or _infer(task.tree, known)
    if task.kind not in (None, kind):
        raise LabelError(
            f"tasks.{name}: a label that is a {'list' if listed else 'text'} is {kind}, "
            f"not {task.kind}.",
            remedy=_of_list(task) if listed else _of_text(task, known, classes),
        )
    if kind == "ranking" and not listed:
        raise LabelError(
            f"tasks.{name}: only a list can be ranked.",
            remedy="Ask for one: LIST_DISTINCT(orders.product, 0, 28d) RANK TOP 12.",
        )
    is_number = classes is None and not listed
    try:
        check_choices(kind, task.metric, task.tower)
    except ValueError as error:
        fit = [other for other in _NUMBERS if _fits(other, task, known)] if is_number else []
        other = f", or ask for another kind: AS {' or AS '.join(fit)}" if fit else ""
        raise LabelError(f"tasks.{name}: {error}.", remedy=f"Leave it out{other}.") from None
    if is_number and not _can_be(kind, known):
        raise LabelError(
            f"tasks.{name}: a {kind} label cannot be {known.min():g} to {known.max():g}.",
            remedy=_of_number(kind, task, known),
        )
    return kind


def _fits(kind: Kind, task: TaskSpec, known: np.ndarray) -> bool:
    if is_condition(task.tree) or not _can_be(kind, known):
        return False
    try:
        check_choices(kind, task.metric, task.tower)
    except ValueError:
        return False
    return True


def _of_list(task: TaskSpec) -> str:
    """Say what to write where someone wants something else of a list."""
    tree = task.tree
    assert isinstance(tree, Aggregate)
    other = {"binary": "exists", "count": "count_distinct"}.get(str(task.kind))
    if other is None:
        return "Write AS ranking, or leave AS out."
    column = None if other == "exists" else tree.column
    asked = replace(tree, function=other, column=column, top=None)  # type: ignore[arg-type]
    return f"Write AS ranking, or leave AS out. For a {task.kind} label ask {format_expression(asked)}."


def _of_text(task: TaskSpec, known: np.ndarray, classes: pa.Array) -> str:
    """Say what to write where someone wants something else of a text."""
    counts = np.bincount(known.astype(np.int64), minlength=len(classes))
    names = [classes[int(at)].as_py() for at in np.argsort(counts, kind="stable") if counts[at]]
    if task.kind == "binary":
        said = next((name for name in names if name.casefold() in _YES), names[0])
        asked = format_expression(Compare("==", task.tree, Constant(said)))
        there = ", ".join(map(repr, sorted(names)[:_SHOWN])) + ("…" if len(names) > _SHOWN else "")
        return f"Compare it, like {asked}. There are: {there}."
    shown = next((name for name in names if not _is_number(name)), names[0])
    return (
        "Write AS multiclass, or leave AS out. If it should be a number, mend the column: "
        f"{shown!r} is none."
    )


def _of_number(kind: Kind, task: TaskSpec, known: np.ndarray) -> str:
    """Say what to write where the numbers are not those of the kind."""
    least, most = float(known.min()), float(known.max())
    if kind == "binary":
        crosses = least <= 0 < most
        is_pair = len(np.unique(known)) == 2
        sign: Comparison = "==" if is_pair and not crosses else ">"
        bound = 0.0 if crosses else most if is_pair else float(np.median(known))
        if sign == ">" and bound == most:
            bound = least  # most are equal to the greatest
        return f"Compare it, like {format_expression(Compare(sign, task.tree, _constant(bound)))}."
    inferred = _infer(task.tree, known)
    other = "" if inferred == kind else f"Write AS {inferred}, or leave AS out."
    raised = format_expression(Greatest((task.tree, Constant(0))))
    no_less = (
        f"If less than 0 is to count as 0, ask {raised}." if kind == "count" and least < 0 else ""
    )
    return " ".join(filter(None, (other, no_less))) or "Correct the label."


def _constant(value: float) -> Node:
    size = Constant(int(abs(value)) if value.is_integer() else abs(value))
    return size if value >= 0 else Operation("-", Constant(0), size)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _infer(tree: Node, known: np.ndarray) -> Kind:
    if is_condition(tree):
        return "binary"
    if isinstance(tree, Column):
        return _infer_column(known)
    return "count" if _is_count(tree) else "regression" if _is_measure(tree) else "amount"


def _infer_column(known: np.ndarray) -> Kind:
    different = np.unique(known)
    if np.isin(different, (0.0, 1.0)).all():
        return "binary"
    whole = bool((different == np.floor(different)).all())
    fewest, most = _GRADES
    in_a_row = whole and len(different) == different[-1] - different[0] + 1
    if in_a_row and different[0] >= 1 and fewest <= len(different) <= most:
        return "ordinal"
    if whole and different[0] >= 0:
        return "count"
    share = float((known == 0).mean())
    return "amount" if different[0] >= 0 and share >= _POINT_MASS else "regression"


def _is_count(node: Node) -> bool:
    match node:
        case Aggregate(function):
            return function in _COUNTS
        case Greatest(parts) | Least(parts):
            return all(_is_count(part) or _is_whole(part) for part in parts)
        case _:
            return False


def _is_measure(node: Node) -> bool:
    match node:
        case Aggregate(function):
            return function in _MEASURES
        case Greatest(parts) | Least(parts):
            return all(_is_measure(part) or isinstance(part, Constant) for part in parts)
        case _:
            return False


def _is_whole(node: Node) -> bool:
    return isinstance(node, Constant) and type(node.value) is int


def _can_be(kind: Kind, known: np.ndarray) -> bool:
    is_whole = bool((known == np.floor(known)).all())
    match kind:
        case "binary":
            return bool(np.isin(known, (0.0, 1.0)).all())
        case "count":
            return is_whole and bool((known >= 0).all())
        case "ordinal":
            return is_whole
        case _:
            return True
