"""Trees of expressions as text, the one way: equal trees have equal text."""

import re
from typing import assert_never

from banian.spec.node import (
    Aggregate,
    AllOf,
    AnyOf,
    Column,
    Compare,
    Constant,
    Greatest,
    IsNull,
    Least,
    Member,
    Node,
    Not,
    Operation,
    Sql,
)
from banian.spec.window import Window, format_offset

_WORDS = "PREDICT FOR EACH WHERE SAME GIVEN WITHIN AS BY AND OR NOT IN IS NULL TRUE FALSE"
BARE_NAME = rf"(?!(?i:{_WORDS.replace(' ', '|')})\b)[^\W\d]\w*"
"""A name that needs no quotes, neither in an expression nor in a question."""

_ANY, _ALL, _CONDITION, _COMPARISON, _SUM, _PRODUCT, _FACTOR, _ATOM = range(8)
"""How strongly the parts of a text hold together, named like the rules of the grammar."""


def format_expression(node: Node) -> str:
    """Write a tree so that `parse_expression` reads it back.

    >>> print(format_expression(Compare("==", Column("two words"), Constant("it's"))))
    "two words" = 'it''s'
    """
    return _format(node, _ANY)


def format_name(name: str) -> str:
    """Write a name of a table, column or task, in double quotes where it needs them.

    >>> format_name("orders"), format_name("order lines"), format_name("where")
    ('orders', '"order lines"', '"where"')
    """
    return name if re.fullmatch(BARE_NAME, name) else '"' + name.replace('"', '""') + '"'


def _format(node: Node, at_least: int) -> str:
    text, strength = _spell(node)
    return text if strength >= at_least else f"({text})"


def _spell(node: Node) -> tuple[str, int]:
    match node:
        case AnyOf(parts):
            return " OR ".join(_format(part, _ALL) for part in parts), _ANY
        case AllOf(parts):
            return " AND ".join(_format(part, _CONDITION) for part in parts), _ALL
        case Not(Member(value, among)):
            return f"{_format(value, _SUM)} NOT IN {_list(among)}", _COMPARISON
        case Not(IsNull(value)):
            return f"{_format(value, _SUM)} IS NOT NULL", _COMPARISON
        case Not(value):
            return f"NOT {_format(value, _CONDITION)}", _CONDITION
        case Member(value, among):
            return f"{_format(value, _SUM)} IN {_list(among)}", _COMPARISON
        case IsNull(value):
            return f"{_format(value, _SUM)} IS NULL", _COMPARISON
        case Compare(sign, left, right):
            sign_text = "=" if sign == "==" else sign
            return f"{_format(left, _SUM)} {sign_text} {_format(right, _SUM)}", _COMPARISON
        case Operation("-", Constant(0) as zero, value) if type(zero.value) is int:
            return f"-{_format(value, _ATOM)}", _FACTOR
        case Operation("+" | "-" as sign, left, right):
            return f"{_format(left, _SUM)} {sign} {_format(right, _PRODUCT)}", _SUM
        case Operation(sign, left, right):
            return f"{_format(left, _PRODUCT)} {sign} {_format(right, _FACTOR)}", _PRODUCT
        case Greatest(parts):
            return f"GREATEST({_list_parts(parts)})", _ATOM
        case Least(parts):
            return f"LEAST({_list_parts(parts)})", _ATOM
        case Aggregate():
            return _aggregate(node), _ATOM
        case Sql(query, window):
            return f"SQL({_constant(Constant(query))}, {_window(window)})", _ATOM
        case Column(name):
            return format_name(name), _ATOM
        case Constant():
            return _constant(node), _ATOM
        case _:
            assert_never(node)


def _list_parts(parts: tuple[Node, ...]) -> str:
    return ", ".join(_format(part, _SUM) for part in parts)


def _aggregate(node: Aggregate) -> str:
    names = [node.table] if node.column is None else [node.table, node.column]
    inside = ".".join(map(format_name, names))
    if node.where is not None:
        inside += f" WHERE {format_expression(node.where)}"
    if node.same:
        inside += f" SAME {', '.join(map(format_name, node.same))}"
    text = f"{node.function.upper()}({inside}, {_window(node.window)})"
    text += " NEW" if node.new else ""
    return text if node.top is None else f"{text} RANK TOP {node.top}"


def _window(window: Window) -> str:
    return f"{format_offset(window.start)}, {format_offset(window.end)}"


def _list(among: tuple[Constant, ...]) -> str:
    return f"({', '.join(map(_constant, among))})"


def _constant(constant: Constant) -> str:
    match constant.value:
        case bool() as fact:
            return "TRUE" if fact else "FALSE"
        case str() as text:
            return "'" + text.replace("'", "''") + "'"
        case number:
            return repr(number)
