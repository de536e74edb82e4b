"""A tree with some of its parts replaced."""

from collections.abc import Callable
from dataclasses import replace
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


def rewrite(node: Node, change: Callable[[Node], Node]) -> Node:
    """Give the same tree with `change` applied to every column, constant and window.

    >>> rewrite(Not(Column("paid")), lambda leaf: Column("owed"))
    Not(value=Column(name='owed'))
    """
    match node:
        case Column() | Constant() | Aggregate() | Sql():
            return change(node)
        case Operation(_, left, right) | Compare(_, left, right):
            return replace(node, left=rewrite(left, change), right=rewrite(right, change))
        case Member(value) | IsNull(value) | Not(value):
            return replace(node, value=rewrite(value, change))
        case AllOf(parts) | AnyOf(parts) | Greatest(parts) | Least(parts):
            return replace(node, parts=tuple(rewrite(part, change) for part in parts))
        case _:
            assert_never(node)
