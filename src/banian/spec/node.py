"""An expression as a tree of frozen nodes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, assert_never, final

from banian.spec.window import Window

Comparison = Literal["<=", ">=", "!=", "==", "<", ">"]
Arithmetic = Literal["+", "-", "*", "/"]
Function = Literal[
    "exists",
    "count",
    "count_distinct",
    "sum",
    "avg",
    "min",
    "max",
    "first",
    "last",
    "list_distinct",
]


@final
@dataclass(frozen=True)
class Column:
    """The value of a column in the same row."""

    name: str
    table: str | None = field(default=None, compare=False, repr=False)
    """The table that was written before it, for the reader to hold against the row's own."""
    at: int = field(default=0, compare=False, repr=False)
    """Where it stands in the text that it was read from."""


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
    """Holds where its part does not; unknown where that is."""

    value: "Node"


@final
@dataclass(frozen=True)
class AllOf:
    """Every part holds."""

    parts: tuple["Node", ...]


@final
@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Node", ...]


@final
@dataclass(frozen=True)
class Greatest:
    """The greatest of the parts; absent if any is."""

    parts: tuple["Node", ...]


@final
@dataclass(frozen=True)
class Least:
    """The least of the parts; absent if any is."""

    parts: tuple["Node", ...]


@final
@dataclass(frozen=True)
class Aggregate:
    """An aggregate over the events of the asking entity or row in a window.

    In an empty window `exists` is false, counts and `sum` are 0, `list_distinct` is empty, the others are absent.
    """

    function: Function
    """What is computed of the events."""
    table: str
    """The table of the events."""
    column: str | None
    """The column that the function reads; None where it counts events alone."""
    window: Window
    """Relative to the cutoff."""
    where: "Node | None" = None
    """Which events count."""
    same: tuple[str, ...] = ()
    """At row grain: columns in which an event must equal the asking row."""
    top: int | None = None
    """Of `list_distinct`: how many items will be ranked."""
    new: bool = False
    """Of `list_distinct`: whether what there was before the cutoff is left out."""
    at: int = field(default=0, compare=False, repr=False)
    """Where it stands in the text that it was read from."""


@final
@dataclass(frozen=True)
class Sql:
    """What a query of the user's own gives for each key, from what lies in a window."""

    query: str
    window: Window
    at: int = field(default=0, compare=False, repr=False)
    """Where it stands in the text that it was read from."""


Windowed = Aggregate | Sql
Node = (
    Column
    | Constant
    | Operation
    | Compare
    | Member
    | IsNull
    | Not
    | AllOf
    | AnyOf
    | Greatest
    | Least
    | Windowed
)


def columns_of(node: Node) -> frozenset[str]:
    """Name the columns that an expression reads.

    >>> sorted(columns_of(Compare(">", Column("Quantity"), Column("UnitPrice"))))
    ['Quantity', 'UnitPrice']
    """
    return frozenset(column.name for column in own_columns_of(node))


def own_columns_of(node: Node) -> tuple[Column, ...]:
    """List the columns that an expression reads, those inside its aggregates left out."""
    return tuple(found for found, _ in _walk(node) if isinstance(found, Column))


def windowed_of(node: Node) -> tuple[Windowed, ...]:
    """List the parts of an expression that look into a window, each once, in the order of the text."""
    found = [part for part, _ in _walk(node) if isinstance(part, Aggregate | Sql)]
    return tuple(dict.fromkeys(reversed(found)))


def is_condition(node: Node) -> bool:
    """Say whether an expression is yes or no by its form; of a column alone it does not tell.

    >>> is_condition(IsNull(Column("delivered")))
    True
    """
    match node:
        case Compare() | Member() | IsNull() | Not() | AllOf() | AnyOf():
            return True
        case Aggregate(function):
            return function == "exists"
        case Constant(value):
            return isinstance(value, bool)
        case _:
            return False


def nodes_of(node: Node) -> Iterator[Node]:
    """Give every part of an expression, those inside its aggregates left out."""
    return (found for found, _ in _walk(node))


def figure_of(node: Node) -> float | None:
    """Give the number that an expression is, with its sign; nothing if it is none.

    >>> figure_of(Operation("-", Constant(0), Constant(2.5)))
    -2.5
    """
    match node:
        case Constant(int() | float() as value) if not isinstance(value, bool):
            return float(value)
        case Operation("-", Constant(0), Constant(int() | float() as value)):
            return -float(value)
        case _:
            return None


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
        case AllOf(parts) | AnyOf(parts) | Greatest(parts) | Least(parts):
            return parts
        case Column() | Constant() | Aggregate() | Sql():
            return ()
        case _:
            assert_never(node)
