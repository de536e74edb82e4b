"""What kind of thing a label is, by its expression and by its values."""

import numpy as np
from jaxtyping import Float

from banian.errors import LabelError
from banian.spec import Kind, RowTaskSpec, TaskSpec, check_choices
from banian.spec.node import Aggregate, Column, Constant, Greatest, Least, Node, is_condition

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
    named: bool = False,
    listed: bool = False,
) -> Kind:
    """Tell the kinds apart, and hold what was said against the labels.

    `named` says that labels are codes of classes, `listed` that they are lists of items.

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
    elif named:
        kind = "multiclass"
    else:
        kind = task.kind or _infer(task.tree, known)
    if task.kind not in (None, kind):
        raise LabelError(
            f"tasks.{name}: a label that is a {'list' if listed else 'text'} is {kind}, "
            f"not {task.kind}.",
            remedy=f"Write kind: {kind}, or leave it out.",
        )
    if kind == "ranking" and not listed:
        raise LabelError(
            f"tasks.{name}: only a list can be ranked.",
            remedy="Ask for one: LIST_DISTINCT(orders.product, 0, 28d) RANK TOP 12.",
        )
    try:
        check_choices(kind, task.metric, task.tower)
    except ValueError as error:
        raise LabelError(
            f"tasks.{name}: {error}.", remedy="Leave it out, or say another kind: kind: …"
        ) from None
    _check_values(name, kind, known)
    return kind


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


def _check_values(name: str, kind: Kind, known: np.ndarray) -> None:
    is_binary = bool(np.isin(known, (0.0, 1.0)).all())
    is_count = bool((known >= 0).all() and (known == np.floor(known)).all())
    is_graded = bool((known == np.floor(known)).all())
    fits = {"binary": is_binary, "count": is_count, "ordinal": is_graded}
    if not fits.get(kind, True):
        other = "amount" if kind != "binary" or not is_count else "count"
        raise LabelError(
            f"tasks.{name}: a {kind} label cannot be {known.min():g} to {known.max():g}.",
            remedy=f"Write kind: {other}, or correct the label.",
        )
