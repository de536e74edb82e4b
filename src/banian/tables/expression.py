"""Expressions of the spec, evaluated on a table of an engine."""

from collections.abc import Callable, Collection
from typing import assert_never

import ibis
import ibis.expr.types as ir

from banian.errors import SpecError, nearest
from banian.schema import RESERVED
from banian.spec.expression import parse_expression
from banian.spec.expression_text import format_expression
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
    Windowed,
    columns_of,
    windowed_of,
)

Resolve = Callable[[Column | Windowed], ir.Value]
"""Gives the value of a column, or of a window."""


def apply_expression(
    text: str, table: ir.Table, *, where: str, names: Collection[str] = ()
) -> ir.Value:
    """Evaluate an expression on the rows of a table; `where` names its place in the spec.

    `names` are the columns that hold keys and links: as in `apply_node`.

    Raises:
        SpecError: it reads a column that the table lacks, or compares what cannot be compared.

    """
    node = parse_expression(text)
    there = [name for name in table.columns if not name.startswith(RESERVED)]
    for column in sorted(columns_of(node)):
        if column not in there:
            raise SpecError(
                f"{where}: no column {column!r} in {text!r}.", remedy=nearest(column, there)
            )
    return apply_node(node, read_columns(table), where=where, names=names)


def apply_node(
    node: Node, resolve: Resolve, *, where: str, names: Collection[str] = ()
) -> ir.Value:
    """Evaluate a tree whose columns and windows `resolve` gives.

    Columns of `names` equal numbers and texts alike, 17 and '17': how one is held depends on all of its names.

    Raises:
        SpecError: it computes or compares what cannot be.

    """
    try:
        return _evaluate(node, resolve, names)
    except (TypeError, ibis.common.exceptions.IbisError) as error:
        reason = (
            f" ({error})" if isinstance(error, _MisfitError) else ""
        )  # Ibis names what is not the user's
        raise SpecError(
            f"{where}: {format_expression(node)!r} does not fit the types of its columns{reason}.",
            remedy="Compare numbers with numbers and 'text' with text.",
        ) from None


def apply_finite(
    node: Node, read: Resolve, *, where: str, names: Collection[str]
) -> tuple[ir.Value, ir.BooleanValue]:
    """Evaluate a tree in which infinite numbers and NaN are null; give as well in which rows there were such.

    `read` gives the value of a column or window; `where` and `names` are as in `apply_node`.
    """
    leaves = [read(leaf) for leaf in (*map(Column, sorted(columns_of(node))), *windowed_of(node))]
    value = apply_node(node, lambda leaf: _finite(read(leaf)), where=where, names=names)
    return _finite(value), ibis.or_(
        ibis.literal(False), *(_is_endless(one) for one in (*leaves, value))
    )


def read_columns(table: ir.Table, prefix: str = "") -> Resolve:
    """Give a resolver that finds each column of an expression in `table` under `prefix` + its name."""

    def resolve(leaf: Column | Windowed) -> ir.Value:
        assert isinstance(leaf, Column)  # who admits windows resolves them too
        return table[prefix + leaf.name]

    return resolve


def _finite(value: ir.Value) -> ir.Value:
    if not value.type().is_floating():
        return value
    return _is_endless(value).ifelse(ibis.null(value.type()), value)


def _is_endless(value: ir.Value) -> ir.BooleanValue:
    if not value.type().is_floating():
        return ibis.literal(False)
    return (value.isinf() | value.isnan()).fill_null(False)


def _evaluate(node: Node, resolve: Resolve, names: Collection[str]) -> ir.Value:
    match node:
        case Column() | Aggregate() | Sql():
            return resolve(node)
        case Constant(value):
            return ibis.literal(value)
        case Operation(sign, left, right):
            sides = [(side, _evaluate(side, resolve, names)) for side in (left, right)]
            for side, value in sides:
                if not value.type().is_numeric():
                    said = f"{format_expression(side)} is {_kind(value)}"
                    raise _MisfitError(f"{sign} needs numbers, and {said}")
            return _operate(sign, *(value for _, value in sides))
        case Compare(sign, left, right):
            both = _evaluate(left, resolve, names), _evaluate(right, resolve, names)
            if sign in ("==", "!=") and any(
                isinstance(side, Column) and side.name in names for side in (left, right)
            ):
                both = both[0].cast("string"), both[1].cast("string")
            _expect_alike(left, both[0], right, both[1])
            return _compare(sign, *both)
        case Member(value, among):
            found = _evaluate(value, resolve, names)
            others = [ibis.literal(constant.value) for constant in among]
            if isinstance(value, Column) and value.name in names:
                found, others = found.cast("string"), [one.cast("string") for one in others]
            for constant, other in zip(among, others, strict=True):
                _expect_alike(value, found, constant, other)
            return ibis.or_(ibis.literal(False), *(found == other for other in others))
        case IsNull(value):
            return _evaluate(value, resolve, names).isnull()
        case Not(value):
            return ~_truth(value, resolve, names)
        case AllOf(parts):
            return ibis.and_(*(_truth(part, resolve, names) for part in parts))
        case AnyOf(parts):
            return ibis.or_(*(_truth(part, resolve, names) for part in parts))
        case Greatest(parts):
            return _extreme(ibis.greatest, [_evaluate(part, resolve, names) for part in parts])
        case Least(parts):
            return _extreme(ibis.least, [_evaluate(part, resolve, names) for part in parts])
        case _:
            assert_never(node)


class _MisfitError(TypeError):
    """What does not fit, in the user's words."""


def _truth(node: Node, resolve: Resolve, names: Collection[str]) -> ir.Value:
    value = _evaluate(node, resolve, names)
    if not value.type().is_boolean():
        raise _MisfitError(f"{format_expression(node)} is {_kind(value)}, neither yes nor no")
    return value


def _expect_alike(left: Node, one: ir.Value, right: Node, other: ir.Value) -> None:
    kinds = {_kind(side) for side in (one, other)} - {_ABSENT}
    if len(kinds) > 1 and not kinds <= {_NUMBER, _TRUTH}:
        said = (
            f"{format_expression(node)} is {_kind(side)}"
            for node, side in ((left, one), (right, other))
        )
        raise _MisfitError(" and ".join(said))


_NUMBER, _TRUTH, _ABSENT = "a number", "yes or no", "absent"


def _kind(value: ir.Value) -> str:
    kind = value.type()
    if kind.is_numeric():
        return _NUMBER
    if kind.is_boolean():
        return _TRUTH
    if kind.is_null():
        return _ABSENT
    if kind.is_string():
        return "a text"
    return "a time" if kind.is_temporal() else "none of number, text and time"


def _extreme(pick: Callable[..., ir.Value], parts: list[ir.Value]) -> ir.Value:
    for part in parts:
        if not part.type().is_numeric():
            raise _MisfitError(f"GREATEST and LEAST need numbers, and one part is {_kind(part)}")
    picked = pick(*parts)  # engines leave an absent part out
    return ibis.or_(*(part.isnull() for part in parts)).ifelse(ibis.null(picked.type()), picked)


def _operate(sign: str, left: ir.Value, right: ir.Value) -> ir.Value:
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
