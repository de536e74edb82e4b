"""An expression in which numbers without end, such as what was divided by zero, are absent."""

from collections.abc import Collection

import ibis
import ibis.expr.types as ir

from banian.spec.node import Column, Node, columns_of, windowed_of
from banian.tables.expression import Resolve, apply_node


def apply_finite(
    node: Node, read: Resolve, *, where: str, names: Collection[str]
) -> tuple[ir.Value, ir.BooleanValue]:
    """Evaluate a tree in which numbers without end are absent; say as well whether there are such.

    `read` gives the value of a column or window; `where` and `names` are as in `apply_node`.
    """
    leaves = [read(leaf) for leaf in (*map(Column, sorted(columns_of(node))), *windowed_of(node))]
    value = apply_node(node, lambda leaf: _finite(read(leaf)), where=where, names=names)
    return _finite(value), ibis.or_(
        ibis.literal(False), *(_is_endless(one) for one in (*leaves, value))
    )


def _finite(value: ir.Value) -> ir.Value:
    if not value.type().is_floating():
        return value
    return _is_endless(value).ifelse(ibis.null(value.type()), value)


def _is_endless(value: ir.Value) -> ir.BooleanValue:
    if not value.type().is_floating():
        return ibis.literal(False)
    return (value.isinf() | value.isnan()).fill_null(False)
