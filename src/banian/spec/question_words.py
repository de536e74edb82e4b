"""A task as a plain sentence, for people who do not read the language of questions."""

from datetime import timedelta
from typing import assert_never

from banian.spec.expression_text import format_name
from banian.spec.kind import QUESTIONS, Kind
from banian.spec.node import (
    Aggregate,
    AllOf,
    AnyOf,
    Column,
    Compare,
    Comparison,
    Constant,
    Greatest,
    IsNull,
    Least,
    Member,
    Node,
    Not,
    Operation,
    Sql,
    figure_of,
    is_condition,
)
from banian.spec.task import EntityTaskSpec, RowTaskSpec
from banian.spec.window import Offset, Window

_VERBS: dict[Comparison, str] = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_SIGNS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}


def question_in_words(task: RowTaskSpec | EntityTaskSpec, kind: Kind | None = None) -> str:
    """Say in a sentence what a task asks; `kind` is what was inferred where the task does not say.

    >>> question_in_words(RowTaskSpec(rows="mails", label="bought", given="visit", within="7d"), "binary")
    'For each row of mails, given that visit came true: whether bought is yes, as it stands 7 days later.'
    >>> question_in_words(EntityTaskSpec(for_each="customers", label="COUNT(orders, 0, 90d)"))
    'For each of customers: the number of rows of orders in the next 90 days.'
    """
    each = (
        f"row of {format_name(task.rows)}"
        if isinstance(task, RowTaskSpec)
        else f"of {format_name(task.for_each)}"
    )
    asked = [f"For each {each}"]
    if isinstance(task, RowTaskSpec) and task.scenes:
        asked[0] += f" in scene {_either([_text(scene) for scene in task.scenes])}"
    if task.condition is not None:
        asked.append(f"where {_condition(task.condition)}")
    if task.given is not None:
        asked.append(f"given that {format_name(task.given)} came true")
    if task.weight is not None:
        asked.append(f"weighted by {format_name(task.weight)}")
    what = _target(task, task.kind or kind)
    if isinstance(task, RowTaskSpec) and task.within is not None:
        what += f", as it stands {_length(Offset(task.within))} later"
    return f"{', '.join(asked)}: {what}."


def _target(task: RowTaskSpec | EntityTaskSpec, kind: Kind | None) -> str:
    tree = task.tree
    if isinstance(task, RowTaskSpec) and task.treatment is not None:
        to = f"the chance that {_condition(tree)}" if is_condition(tree) else _value(tree)
        control = _text(str(task.control))
        return f"how much each treatment in {format_name(task.treatment)}, against {control}, adds to {to}"
    if is_condition(tree):
        return f"whether {_condition(tree)}"
    if isinstance(tree, Aggregate) and tree.function == "list_distinct":
        new = "new " if tree.new else ""
        which = f"the {tree.top} {new}values of {format_name(str(tree.column))}"
        return f"{which} that are most likely to stand in {_events(tree)}"
    if kind is not None and kind in QUESTIONS:
        return QUESTIONS[kind].format(
            condition=_condition(tree),
            value=_value(tree),
            cases=f"{100 * (task.quantile or 0.5):.10g} of 100 cases",
        )
    return f"what {_value(tree)} will be" if isinstance(tree, Column) else _value(tree)


def _condition(node: Node) -> str:
    match node:
        case AllOf(parts):
            return " and ".join(_grouped(part, _condition(part)) for part in parts)
        case AnyOf(parts):
            return " or ".join(_grouped(part, _condition(part)) for part in parts)
        case Compare(sign, left, right):
            return f"{_operand(left)} {_VERBS[sign]} {_operand(right)}"
        case Member(value, among):
            return f"{_operand(value)} is {_either([_constant(one) for one in among])}"
        case Not(Member(value, among)):
            return f"{_operand(value)} is not {_either([_constant(one) for one in among])}"
        case IsNull(value):
            return f"{_operand(value)} is not known"
        case Not(IsNull(value)):
            return f"{_operand(value)} is known"
        case Aggregate(function="exists"):
            return _exists(node, "a")
        case Not(Aggregate(function="exists") as events):
            return _exists(events, "no")
        case Not(value):
            return f"it is not so that {_grouped(value, _condition(value))}"
        case _:
            return f"{_operand(node)} is yes"


def _exists(node: Aggregate, article: str) -> str:
    will = "there will be" if node.window.is_ahead else "there was"
    return f"{will} {article} row of {_those(node)}"


def _value(node: Node) -> str:
    match node:
        case Column(name):
            return format_name(name)
        case Constant():
            return _constant(node)
        case Operation("-", Constant(0), value):
            sign = "-" if figure_of(node) is not None else "minus "
            return f"{sign}{_operand(value)}"
        case Operation(sign, left, right):
            return f"{_operand(left)} {_SIGNS[sign]} {_operand(right)}"
        case Greatest(parts):
            return _bounded(parts, "at least", "greatest")
        case Least(parts):
            return _bounded(parts, "at most", "least")
        case Aggregate():
            return f"whether {_condition(node)}" if is_condition(node) else _aggregate(node)
        case Sql(_, window):
            return f"what its SQL query gives from the rows {_span(window)}"
        case Compare() | Member() | IsNull() | Not() | AllOf() | AnyOf():
            return f"whether {_condition(node)}"
        case _:
            assert_never(node)


def _aggregate(node: Aggregate) -> str:
    column, events = format_name(str(node.column)), _events(node)
    match node.function:
        case "exists" | "count":
            return f"the number of {events}"
        case "count_distinct":
            return f"the number of different values of {column} in {events}"
        case "sum":
            return f"the sum of {column} over {events}"
        case "avg":
            return f"the mean of {column} over {events}"
        case "min":
            return f"the smallest {column} of {events}"
        case "max":
            return f"the largest {column} of {events}"
        case "first" | "last":
            return f"the {node.function} {column} of {events}"
        case "list_distinct":
            return f"the list of different values of {column} in {events}"
        case _:
            assert_never(node.function)


def _events(node: Aggregate) -> str:
    return f"rows of {_those(node)}"


def _those(node: Aggregate) -> str:
    """Say which rows of a table: those like the asking row, those of a span, those that a filter leaves."""
    same = f" with the same {_list([format_name(one) for one in node.same])}" if node.same else ""
    only = f" (only where {_condition(node.where)})" if node.where is not None else ""
    return f"{format_name(node.table)}{same} {_span(node.window)}{only}"


def _span(window: Window) -> str:
    if window.is_ahead:
        if window.start == Offset():
            return f"in the next {_length(window.end).removeprefix('1 ')}"
        return f"between {_length(window.start)} and {_length(window.end)} later"
    if window.end == Offset():
        return f"in the last {_length(-window.start).removeprefix('1 ')}"
    return f"between {_length(-window.start)} and {_length(-window.end)} before"


def _length(offset: Offset) -> str:
    if offset.months:
        return _count(offset.months, "month")
    hours = offset.length // timedelta(hours=1)
    return _count(hours, "hour") if hours % 24 else _count(hours // 24, "day")


def _count(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def _bounded(parts: tuple[Node, ...], bound: str, which: str) -> str:
    """Write GREATEST(x, 0) as `x (at least 0)`, and others as the greatest of them all."""
    figures = [part for part in parts if figure_of(part) is not None]
    others = [part for part in parts if figure_of(part) is None]
    if len(figures) == 1 and len(others) == 1:
        return f"{_operand(others[0])} ({bound} {_value(figures[0])})"
    return f"the {which} of {_list([_operand(part) for part in parts])}"


def _operand(node: Node) -> str:
    return _grouped(node, _value(node))


def _grouped(node: Node, words: str) -> str:
    """Put what has several parts of its own into parentheses."""
    match node:
        case Operation("-", Constant(0), _):
            return words
        case Operation() | AllOf() | AnyOf():
            return f"({words})"
        case _:
            return words


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _constant(constant: Constant) -> str:
    match constant.value:
        case bool() as fact:
            return "yes" if fact else "no"
        case str() as text:
            return _text(text)
        case number:
            return repr(number)


def _text(text: str) -> str:
    return f"‘{text}’"
