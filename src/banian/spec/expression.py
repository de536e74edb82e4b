"""The small language of `derive` and `where`: arithmetic, comparison, AND, OR, NOT, IN, IS NULL, GREATEST, LEAST.

An expression is text in the spec and a tree of frozen nodes to the stages. Column names with other characters than
letters, digits and _ stand in double quotes, text in single quotes; a quote within is written twice.
"""

import math
from decimal import Decimal
from functools import cache
from typing import Annotated

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken
from pydantic import AfterValidator

from banian.spec.expression_text import format_expression
from banian.spec.node import (
    AllOf,
    AnyOf,
    Column,
    Compare,
    Comparison,
    Constant,
    Greatest,
    IsNull,
    Least,
    Member,
    Node,
    Not,
    Operation,
    depth_of,
)
from banian.spec.parse_error import ParseError, point_at

RULES = r"""
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
?factor: MINUS factor                                       -> minus
    | "(" disjunction ")"
    | GREATEST "(" sum ("," sum)+ ")"                       -> greatest
    | LEAST "(" sum ("," sum)+ ")"                          -> least
    | constant
    | NAME                                                  -> column
    | QUOTED                                                -> quoted_column
?constant: NUMBER                                           -> number
    | TEXT                                                  -> text
    | _TRUE                                                 -> yes
    | _FALSE                                                -> no
?literal: constant
    | MINUS NUMBER                                          -> negative
_OR.2: /OR\b/i
_AND.2: /AND\b/i
_NOT.2: /NOT\b/i
_IN.2: /IN\b/i
_IS.2: /IS\b/i
_NULL.2: /NULL\b/i
_TRUE.2: /TRUE\b/i
_FALSE.2: /FALSE\b/i
GREATEST.2: /GREATEST(?=\s*\()/i
LEAST.2: /LEAST(?=\s*\()/i
COMPARE: "<=" | ">=" | "!=" | "<>" | "==" | "=" | "<" | ">"
SIGN: /\+|-(?!-)/
MINUS: /-(?!-)/
SCALE: "*" | "/"
QUOTED: /"([^"]|"")*"/
TEXT: /'([^']|'')*'/
NUMBER: /\d+(\.\d+)?([eE][+-]?\d+)?/
%ignore /\s+/
"""
"""Everything but NAME and the start. `--` is no sign: in SQL it begins a comment, here it would negate twice."""

_GRAMMAR = "?start: disjunction\nNAME: /[^\\W\\d]\\w*/" + RULES
_DEEPEST = 100  # what the engines, which recurse, can take with room to spare


@cache
def parse_expression(text: str) -> Node:
    """Read an expression into its tree.

    Raises:
        ValueError: the text breaks the grammar; the message shows where.

    >>> parse_expression("Quantity * UnitPrice")
    Operation(sign='*', left=Column(name='Quantity'), right=Column(name='UnitPrice'))

    """
    try:
        node: Node = _parser().parse(text)  # type: ignore[assignment]  # the transformer's result
        check_depth(node, at=0)
    except UnexpectedInput as error:
        is_cut_short = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        at = len(text.rstrip()) if is_cut_short else error.pos_in_stream or 0
        raise ValueError(f"cannot read this expression:\n{point_at(text, at)}") from None
    except ParseError as error:
        place = point_at(text, error.at)
        raise ValueError(f"cannot read this expression:\n{place}\n{error.problem}") from None
    return node


def check_depth(node: Node, *, at: int) -> None:
    """Refuse a tree that is too deep for those who walk it; `at` is its place in the text."""
    if depth_of(node) > _DEEPEST:
        raise ParseError(at, f"this is nested more than {_DEEPEST} deep. Derive a column first")


def _canonical(text: str) -> str:
    return format_expression(parse_expression(text))


Expression = Annotated[str, AfterValidator(_canonical)]
"""Text that `parse_expression` can read, in its one spelling: equal expressions are equal text."""


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=Nodes())  # at once: a tree may be deep


@v_args(inline=True)
class Nodes(Transformer[Token, Node]):
    """One method per rule of the grammar, named like it."""

    any = staticmethod(lambda *parts: AnyOf(parts))
    all = staticmethod(lambda *parts: AllOf(parts))
    negation = staticmethod(Not)
    member = staticmethod(lambda value, *among: Member(value, among))
    no_member = staticmethod(lambda value, *among: Not(Member(value, among)))
    compare = staticmethod(lambda left, sign, right: Compare(_sign(sign), left, right))
    null = staticmethod(IsNull)
    no_null = staticmethod(lambda value: Not(IsNull(value)))
    arithmetic = staticmethod(lambda left, sign, right: Operation(str(sign), left, right))  # type: ignore[arg-type]
    greatest = staticmethod(lambda _, *parts: Greatest(parts))
    least = staticmethod(lambda _, *parts: Least(parts))
    minus = staticmethod(lambda _, value: Operation("-", Constant(0), value))
    column = staticmethod(lambda name: Column(str(name), at=name.start_pos or 0))
    quoted_column = staticmethod(lambda name: Column(unquote(name), at=name.start_pos or 0))
    text = staticmethod(lambda text: Constant(unquote(text)))
    yes = staticmethod(lambda: Constant(True))
    no = staticmethod(lambda: Constant(False))
    number = staticmethod(lambda digits: Constant(_number(digits)))
    negative = staticmethod(lambda minus, digits: Constant(_number(digits, minus)))


def unquote(token: str) -> str:
    """Take a text or name out of its quotes.

    >>> unquote("'it''s'")
    "it's"
    """
    return token[1:-1].replace(token[0] * 2, token[0])


def _sign(token: str) -> Comparison:
    return {"=": "==", "<>": "!="}.get(str(token), str(token))  # type: ignore[return-value]


def _number(digits: Token, minus: str = "") -> int | float:
    written = f"{minus}{digits}"
    if not digits.isdecimal():
        number = float(written)
        if math.isinf(number):
            raise ParseError(digits.start_pos or 0, "this number is too large")
        return number
    if not -(2**63) <= Decimal(written) < 2**63:  # Decimal: int() refuses very long numbers
        raise ParseError(digits.start_pos or 0, "this whole number does not fit into 64 bits")
    return int(written)
