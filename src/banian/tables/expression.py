"""An expression of the spec, on a table of an engine."""

from typing import assert_never

import ibis
import ibis.expr.types as ir

from banian.errors import SpecError, nearest
from banian.spec.expression import parse_expression
from banian.spec.node import (
    All,
    Any,
    Column,
    Compare,
    Constant,
    IsNull,
    Member,
    Node,
    Not,
    Operation,
    columns_of,
)


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
    try:
        return _evaluate(node, table)
    except (TypeError, ibis.common.exceptions.IbisError) as error:
        reason = str(error).strip().splitlines()[0]
        raise SpecError(
            f"{where}: {text!r} does not fit the types of its columns ({reason}).",
            remedy="Compare numbers with numbers and 'text' with text.",
        ) from None


def _evaluate(node: Node, table: ir.Table) -> ir.Value:
    match node:
        case Column(name):
            return table[name]
        case Constant(value):
            return ibis.literal(value)
        case Operation(sign, left, right):
            return _operate(sign, _evaluate(left, table), _evaluate(right, table))
        case Compare(sign, left, right):
            return _compare(sign, _evaluate(left, table), _evaluate(right, table))
        case Member(value, among):
            return _evaluate(value, table).isin([constant.value for constant in among])
        case IsNull(value):
            return _evaluate(value, table).isnull()
        case Not(value):
            return ~_evaluate(value, table)
        case All(parts):
            return ibis.and_(*(_evaluate(part, table) for part in parts))
        case Any(parts):
            return ibis.or_(*(_evaluate(part, table) for part in parts))
        case _:
            assert_never(node)


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


def _compare(sign: str, left: ir.Value, right: ir.Value) -> ir.Value:
    match sign:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right
