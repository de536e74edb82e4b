"""What kind of task a label makes, by its expression and by its values."""

from dataclasses import replace
from typing import assert_never, get_args

import numpy as np
import pyarrow as pa
from jaxtyping import Float

from banian.errors import LabelError
from banian.kinds.base import AbstractKind, Form, write_as
from banian.kinds.build import build_kind
from banian.spec import Kind, RowTaskSpec, TaskSpec, check_choices
from banian.spec.expression_text import format_expression
from banian.spec.kind import TREATED, check_form, check_treated
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
    form: Form = "list" if listed else "number" if classes is None else "text"
    is_treated = isinstance(task, RowTaskSpec) and task.treatment is not None
    inferred = TREATED if is_treated else _infer(form, task.tree, known)
    chosen = build_kind(task.kind or inferred)
    if form not in chosen.forms:
        problem, remedy = _refuse_form(form, chosen, inferred, task.tree, known, classes)
        raise LabelError(f"tasks.{name}: {problem}.", remedy=remedy)
    try:
        check_choices(chosen.name, task.metric, task.tower)
    except ValueError as error:
        fit = [one for one in get_args(Kind) if form == "number" and _fits(one, task, known)]
        other = f", or ask for another kind: AS {' or AS '.join(fit)}" if fit else ""
        raise LabelError(f"tasks.{name}: {error}.", remedy=f"Leave it out{other}.") from None
    if form == "number" and not chosen.takes(known):
        raise LabelError(
            f"tasks.{name}: a {chosen.name} label cannot be {known.min():g} to {known.max():g}.",
            remedy=chosen.instead_of_numbers(task.tree, known, inferred),
        )
    return chosen.name


def _fits(other: Kind, task: TaskSpec, known: np.ndarray) -> bool:
    """Say whether a label of numbers could be of another kind, by nothing else than its name."""
    try:
        check_form(other, is_condition=is_condition(task.tree), quantile=task.quantile)
        check_treated(other, is_treated=False)
        check_choices(other, task.metric, task.tower)
    except ValueError:
        return False
    kind = build_kind(other)
    return "number" in kind.forms and kind.takes(known)


def _refuse_form(
    form: Form,
    kind: AbstractKind,
    inferred: Kind,
    tree: Node,
    known: np.ndarray,
    classes: pa.Array | None,
) -> tuple[str, str]:
    """Say what is wrong where a kind was asked for that does not take such labels, and what to write."""
    match form:
        case "number":
            return kind.not_of_numbers
        case "text":
            remedy = kind.instead_of_texts(tree, _by_frequency(known, classes), inferred)
        case "list":
            remedy = _instead_of_list(tree, kind, inferred)
        case _:
            assert_never(form)
    return f"a label that is a {form} is {inferred}, not {kind.name}", remedy


def _by_frequency(known: np.ndarray, classes: pa.Array) -> list[str]:
    """Name the texts that labels are codes of, the rarest first."""
    counts = np.bincount(known.astype(np.int64), minlength=len(classes))
    return [classes[int(at)].as_py() for at in np.argsort(counts, kind="stable") if counts[at]]


def _instead_of_list(tree: Node, kind: AbstractKind, inferred: Kind) -> str:
    """Say what to write where someone wants something else of a list."""
    said = write_as(inferred, kind.name)
    if kind.of_list is None:
        return said
    assert isinstance(tree, Aggregate)
    column = None if kind.of_list == "exists" else tree.column
    asked = replace(tree, function=kind.of_list, column=column, top=None)
    return f"{said} For a {kind.name} label ask {format_expression(asked)}."


def _infer(form: Form, tree: Node, known: np.ndarray) -> Kind:
    """Tell the kind where nothing is said."""
    if form == "list":
        return "ranking"
    if form == "text":
        return "multiclass"
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
