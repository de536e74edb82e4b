"""The small language of `derive` and `where`: arithmetic, comparison, AND, OR, NOT, IN, IS NULL.

An expression is text in the spec and a tree of frozen nodes to the stages. Column names with other characters than
letters, digits and _ stand in double quotes, text in single quotes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, final

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken
from pydantic import AfterValidator

_GRAMMAR = r"""
?start: disjunction
?disjunction: conjunction
    | conjunction (_OR conjunction)+                        -> any
?conjunction: condition
    | condition (_AND condition)+                           -> all
?condition: _NOT condition                                  -> negation
    | comparison
?comparison: sum
    | sum COMPARE sum                                       -> compare
    | sum _IN "(" literal ("," literal)* ")"                -> member
    | sum _NOT _IN "(" literal ("," literal)* ")"           -> no_member
    | sum _IS _NULL                                         -> null
    | sum _IS _NOT _NULL                                    -> no_null
?sum: product
    | sum SIGN product                                      -> arithmetic
?product: factor
    | product SCALE factor                                  -> arithmetic
?factor: "-" factor                                         -> minus
    | "(" disjunction ")"
    | constant
    | NAME                                                  -> column
    | QUOTED                                                -> quoted_column
?constant: NUMBER                                           -> number
    | TEXT                                                  -> text
    | _TRUE                                                 -> yes
    | _FALSE                                                -> no
?literal: constant
    | "-" NUMBER                                            -> negative
_OR.2: /OR\b/i
_AND.2: /AND\b/i
_NOT.2: /NOT\b/i
_IN.2: /IN\b/i
_IS.2: /IS\b/i
_NULL.2: /NULL\b/i
_TRUE.2: /TRUE\b/i
_FALSE.2: /FALSE\b/i
COMPARE: "<=" | ">=" | "!=" | "<>" | "==" | "=" | "<" | ">"
SIGN: "+" | "-"
SCALE: "*" | "/"
NAME: /[^\W\d]\w*/
QUOTED: /"[^"]+"/
TEXT: /'[^']*'/
NUMBER: /\d+(\.\d+)?([eE][+-]?\d+)?/
%ignore /\s+/
"""

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


@cache
def parse_expression(text: str) -> Node:
    """Read an expression into its tree.

    Raises:
        ValueError: the text breaks the grammar; the message shows where.

    >>> parse_expression("Quantity * UnitPrice")
    Operation(sign='*', left=Column(name='Quantity'), right=Column(name='UnitPrice'))

    """
    try:
        return _Nodes().transform(_parser().parse(text))
    except UnexpectedInput as error:
        is_cut_short = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        at = len(text) if is_cut_short else error.pos_in_stream or 0
        raise ValueError(f"cannot read this expression:\n  {text}\n  {' ' * at}^") from None


def columns_of(node: Node) -> frozenset[str]:
    """Name the columns that an expression reads.

    >>> sorted(columns_of(parse_expression("Quantity * UnitPrice > 10")))
    ['Quantity', 'UnitPrice']
    """
    return frozenset(_columns(node))


def _columns(node: Node) -> Iterator[str]:
    match node:
        case Column(name):
            yield name
        case Operation(_, left, right) | Compare(_, left, right):
            yield from _columns(left)
            yield from _columns(right)
        case Member(value) | IsNull(value) | Not(value):
            yield from _columns(value)
        case All(parts) | Any(parts):
            for part in parts:
                yield from _columns(part)
        case Constant():
            return


def _check(text: str) -> str:
    parse_expression(text)
    return text


Expression = Annotated[str, AfterValidator(_check)]
"""Text that `parse_expression` can read."""


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


@v_args(inline=True)
class _Nodes(Transformer[Token, Node]):
    """One method per rule of the grammar, named like it."""

    any = staticmethod(lambda *parts: Any(parts))
    all = staticmethod(lambda *parts: All(parts))
    negation = staticmethod(Not)
    member = staticmethod(lambda value, *among: Member(value, among))
    no_member = staticmethod(lambda value, *among: Not(Member(value, among)))
    null = staticmethod(IsNull)
    no_null = staticmethod(lambda value: Not(IsNull(value)))
    arithmetic = staticmethod(lambda left, sign, right: Operation(str(sign), left, right))  # type: ignore[arg-type]
    minus = staticmethod(lambda value: Operation("-", Constant(0), value))
    column = staticmethod(lambda name: Column(str(name)))
    quoted_column = staticmethod(lambda name: Column(name[1:-1]))
    text = staticmethod(lambda text: Constant(text[1:-1]))
    yes = staticmethod(lambda: Constant(True))
    no = staticmethod(lambda: Constant(False))

    @staticmethod
    def compare(left: Node, sign: Token, right: Node) -> Node:
        same = {"=": "==", "<>": "!="}
        return Compare(same.get(str(sign), str(sign)), left, right)  # type: ignore[arg-type]

    @staticmethod
    def number(digits: Token) -> Constant:
        return Constant(int(digits) if digits.isdigit() else float(digits))

    @staticmethod
    def negative(digits: Token) -> Constant:
        return Constant(-int(digits) if digits.isdigit() else -float(digits))
