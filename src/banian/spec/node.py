"""An expression as a tree of frozen nodes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never, final

Comparison = Literal["<=", ">=", "!=", "==", "<", ">"]
Arithmetic = Literal["+", "-", "*", "/"]


@final
@dataclass(frozen=True)
class Column:
    """The value of a column in the same row."""

    name: str


@final
@dataclass(frozen=True)
class Constant:
    """A number, a text, or a truth value."""

    value: int | float | str | bool


@final
@dataclass(frozen=True)
class Operation:
    """Arithmetic on two numbers; absent if either is."""

    sign: Arithmetic
    left: "Node"
    right: "Node"


@final
@dataclass(frozen=True)
class Compare:
    """Compares two values; unknown if either is absent."""

    sign: Comparison
    left: "Node"
    right: "Node"


@final
@dataclass(frozen=True)
class Member:
    """Whether the value is one of these constants."""

    value: "Node"
    among: tuple[Constant, ...]


@final
@dataclass(frozen=True)
class IsNull:
    """Whether the value is absent."""

    value: "Node"


@final
@dataclass(frozen=True)
class Not:
    """The contrary."""

    value: "Node"


@final
@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: tuple["Node", ...]


@final
@dataclass(frozen=True)
class Any:
    """At least one part holds."""

    parts: tuple["Node", ...]


Node = Column | Constant | Operation | Compare | Member | IsNull | Not | All | Any


def columns_of(node: Node) -> frozenset[str]:
    """Name the columns that an expression reads.

    >>> sorted(columns_of(Compare(">", Column("Quantity"), Column("UnitPrice"))))
    ['Quantity', 'UnitPrice']
    """
    return frozenset(found.name for found, _ in _walk(node) if isinstance(found, Column))


def depth_of(node: Node) -> int:
    """Count the nodes on the longest way from the top of an expression to a column or constant.

    >>> depth_of(Not(IsNull(Column("Quantity"))))
    3
    """
    return max(depth for _, depth in _walk(node))


def _walk(node: Node) -> Iterator[tuple[Node, int]]:
    waiting = [(node, 1)]  # no recursion: what is too deep must be found, not fallen into
    while waiting:
        here, depth = waiting.pop()
        yield here, depth
        waiting += [(part, depth + 1) for part in _parts(here)]


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case Operation(_, left, right) | Compare(_, left, right):
            return (left, right)
        case Member(value) | IsNull(value) | Not(value):
            return (value,)
        case All(parts) | Any(parts):
            return parts
        case Column() | Constant():
            return ()
        case _:
            assert_never(node)
