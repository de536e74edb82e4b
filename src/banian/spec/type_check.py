"""Type check of expressions: yes or no where a number belongs, and numbers where yes or no belongs."""

from banian.spec.node import (
    Aggregate,
    AllOf,
    AnyOf,
    Compare,
    Constant,
    Greatest,
    Least,
    Node,
    Not,
    Operation,
    is_condition,
    nodes_of,
    windowed_of,
)
from banian.spec.parse_error import ParseError


def check_types(node: Node) -> None:
    """Refuse arithmetic on what is yes or no, and AND, OR, NOT of what is a number, as far as the form tells.

    Raises:
        ParseError: with the place of the part.

    """
    for found in nodes_of(node):
        match found:
            case Operation(_, left, right):
                _expect_numbers(left, right)
            case Greatest(parts) | Least(parts):
                _expect_numbers(*parts)
            case Compare(_, left, right) if _is_number(left) or _is_number(right):
                _expect_numbers(left, right)
            case AllOf(parts) | AnyOf(parts):
                _expect_truths(*parts)
            case Not(part):
                _expect_truths(part)


def _expect_numbers(*parts: Node) -> None:
    for part in parts:
        if is_condition(part):
            problem = "this is already yes or no: nothing can be computed of it or compared with it"
            raise ParseError(_place(part), problem)


def _expect_truths(*parts: Node) -> None:
    for part in parts:
        if _is_number(part):
            problem = (
                "AND, OR and NOT join what is yes or no: compare this number, as in COUNT(…) > 3"
            )
            raise ParseError(_place(part), problem)


def _is_number(node: Node) -> bool:
    match node:
        case Operation() | Greatest() | Least():
            return True
        case Constant(value):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Aggregate():
            return not is_condition(node)
        case _:
            return False


def _place(node: Node) -> int:
    return next((part.at for part in windowed_of(node)), 0)
