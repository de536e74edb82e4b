"""An expression of the spec, on a table of an engine."""

from collections.abc import Callable
from typing import assert_never

import ibis
import ibis.expr.types as ir

from banian.errors import SpecError, nearest
from banian.spec.expression import parse_expression
from banian.spec.expression_text import format_expression
from banian.spec.node import (
    Aggregate,
    All,
    Any,
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
    Windowed,
    columns_of,
)

Resolve = Callable[[Column | Windowed], ir.Value]
"""Gives the value of a column, or of a window."""


def apply_expression(text: str, table: ir.Table, *, where: str) -> ir.Value:
    """Evaluate an expression on the rows of a table; `where` names its place in the spec.

    Raises:
        SpecError: it reads a column that the table lacks, or compares what cannot be compared.

    """
    node = parse_expression(text)
    for column in sorted(columns_of(node)):
        if column not in table.columns:
            raise SpecError(
                f"{where}: no column {column!r} in {text!r}.",
                remedy=nearest(column, table.columns),
            )
    return apply_node(node, read_columns(table), where=where)


def apply_node(node: Node, resolve: Resolve, *, where: str) -> ir.Value:
    """Evaluate a tree whose columns and windows `resolve` gives.

    Raises:
        SpecError: it computes or compares what cannot be.

    """
    try:
        return _evaluate(node, resolve)
    except (TypeError, ibis.common.exceptions.IbisError) as error:
        reason = str(error).strip().splitlines()[0]
        raise SpecError(
            f"{where}: {format_expression(node)!r} does not fit the types of its columns ({reason}).",
            remedy="Compare numbers with numbers and 'text' with text.",
        ) from None


def read_columns(table: ir.Table, prefix: str = "") -> Resolve:
    """Make what finds an expression's columns among those of a table whose names begin so."""

    def resolve(leaf: Column | Windowed) -> ir.Value:
        assert isinstance(leaf, Column)  # who admits windows resolves them too
        return table[prefix + leaf.name]

    return resolve


def _evaluate(node: Node, resolve: Resolve) -> ir.Value:
    match node:
        case Column() | Aggregate() | Sql():
            return resolve(node)
        case Constant(value):
            return ibis.literal(value)
        case Operation(sign, left, right):
            return _operate(sign, _evaluate(left, resolve), _evaluate(right, resolve))
        case Compare(sign, left, right):
            return _compare(sign, _evaluate(left, resolve), _evaluate(right, resolve))
        case Member(value, among):
            found = _evaluate(value, resolve)
            return ibis.or_(
                ibis.literal(False), *(_equal(found, ibis.literal(one.value)) for one in among)
            )
        case IsNull(value):
            return _evaluate(value, resolve).isnull()
        case Not(value):
            return ~_evaluate(value, resolve)
        case All(parts):
            return ibis.and_(*(_evaluate(part, resolve) for part in parts))
        case Any(parts):
            return ibis.or_(*(_evaluate(part, resolve) for part in parts))
        case Greatest(parts):
            return _extreme(ibis.greatest, [_evaluate(part, resolve) for part in parts])
        case Least(parts):
            return _extreme(ibis.least, [_evaluate(part, resolve) for part in parts])
        case _:
            assert_never(node)


def _extreme(pick: Callable[..., ir.Value], parts: list[ir.Value]) -> ir.Value:
    for part in parts:
        if not part.type().is_numeric():
            raise TypeError(f"GREATEST and LEAST need numbers, and one part is {part.type()}")
    picked = pick(*parts)  # engines leave an absent part out
    return ibis.or_(*(part.isnull() for part in parts)).ifelse(ibis.null(picked.type()), picked)


def _operate(sign: str, left: ir.Value, right: ir.Value) -> ir.Value:
    for side in (left, right):
        if not side.type().is_numeric():
            raise TypeError(f"{sign} needs numbers, and one side is {side.type()}")
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left.cast("float64") / right.cast("float64").nullif(0.0)


def _equal(left: ir.Value, right: ir.Value) -> ir.BooleanValue:
    """Compare a text with a whole number as texts: names of a column are held as numbers where all of them are."""
    if left.type().is_string() and right.type().is_integer():
        return left == right.cast("string")
    if left.type().is_integer() and right.type().is_string():
        return left.cast("string") == right
    return left == right


def _compare(sign: str, left: ir.Value, right: ir.Value) -> ir.Value:
    match sign:
        case "==":
            return _equal(left, right)
        case "!=":
            return ~_equal(left, right)
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right
