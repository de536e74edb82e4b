"""The grammar of questions around that of expressions, and the parts a question is read into."""

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, final, get_args

from lark import Lark, Token, v_args

from banian.spec.caret import MisreadError
from banian.spec.comparison import spell_comparison
from banian.spec.expression import RULES, Nodes, check_depth, unquote
from banian.spec.expression_text import BARE_NAME
from banian.spec.label import Aggregation
from banian.spec.node import Node

AGGREGATES = tuple(name.upper() for name in get_args(Aggregation))
_GRAMMAR = (
    rf"""
start: _PREDICT target _FOR _EACH name clause*
target: name | name "." name | asked
?asked: measure
    | measure COMPARE figure                                -> compared
?measure: aggregate
    | GREATEST "(" aggregate "," figure ")"                 -> greatest
aggregate: AGGREGATE "(" events [WHERE disjunction] same bound "," bound ")"
events: name | name "." name
same: "," | _SAME (name ",")+
bound: MINUS? LENGTH
figure: MINUS? NUMBER
clause: WHERE asked
    | WHERE disjunction
    | GIVEN name
    | WITHIN LENGTH
    | AS name
    | BY name
name: NAME | QUOTED
_PREDICT.2: /PREDICT\b/i
_FOR.2: /FOR\b/i
_EACH.2: /EACH\b/i
_SAME.2: /SAME\b/i
WHERE.2: /WHERE\b/i
GIVEN.2: /GIVEN\b/i
WITHIN.2: /WITHIN\b/i
AS.2: /AS\b/i
BY.2: /BY\b/i
AGGREGATE.2: /({"|".join(AGGREGATES)})(?=\s*\()/i
GREATEST.2: /GREATEST(?=\s*\()/i
NAME: /{BARE_NAME}/
LENGTH: /\d[\w.]*(\s+[hdw]\b)?/
"""
    + RULES
)


@final
@dataclass(frozen=True)
class Measure:
    """An aggregate over a window, as it was written."""

    at: int
    aggregate: Token
    events: tuple[Token, ...]
    where: Node | None
    same: tuple[Token, ...]
    start: Token
    end: Token
    at_least: float | None = None
    compare: str | None = None


@final
@dataclass(frozen=True)
class Asked:
    """A question, as it was written: of what, for each of what, under which clauses."""

    target: Measure | tuple[Token, ...]
    each: Token
    clauses: tuple[tuple[Token, Any], ...]


@cache
def question_parser() -> Lark:
    """Make the parser of questions; what it returns is `Asked`."""
    return Lark(_GRAMMAR, parser="lalr", transformer=_Parts())


def position(token: Token) -> int:
    """Say where in the question a token begins."""
    return token.start_pos or 0


@v_args(inline=True)
class _Parts(Nodes):
    """One method per rule of the grammar, named like it."""

    start = staticmethod(lambda target, each, *clauses: Asked(target, each, clauses))
    target = staticmethod(lambda *path: path[0] if isinstance(path[0], Measure) else path)
    events = staticmethod(lambda *path: path)
    same = staticmethod(lambda *columns: columns)

    @staticmethod
    def name(token: Token) -> Token:
        return token.update("NAME", unquote(token)) if token.type == "QUOTED" else token

    @staticmethod
    def bound(sign: Token, *length: Token) -> Token:
        return sign.update(value="".join((sign, *length)))

    figure = bound

    @staticmethod
    def aggregate(
        word: Token,
        events: tuple[Token, ...],
        where: Token | None,
        node: Node | None,
        same: tuple[Token, ...],
        start: Token,
        end: Token,
    ) -> Measure:
        if where is not None and node is not None:
            check_depth(node, at=position(where))
        return Measure(position(word), word, events, node, same, start, end)

    @staticmethod
    def clause(
        keyword: Token, value: Token | Node | Measure
    ) -> tuple[Token, Token | Node | Measure]:
        if not isinstance(value, Token | Measure):
            check_depth(value, at=position(keyword))
        return keyword, value

    @staticmethod
    def greatest(word: Token, measure: Measure, figure: Token) -> Measure:
        _expect_number(measure, word, "GREATEST")
        if math.isinf(float(figure)):
            raise MisreadError(position(figure), "this number is too large")
        return replace(measure, at_least=float(figure))

    @staticmethod
    def compared(measure: Measure, sign: Token, figure: Token) -> Measure:
        _expect_number(measure, sign, "the comparison")
        try:
            return replace(measure, compare=spell_comparison(f"{sign} {figure}"))
        except ValueError as error:
            raise MisreadError(position(figure), str(error)) from None


def _expect_number(measure: Measure, at: Token, surplus: str) -> None:
    if measure.aggregate.upper() == "EXISTS":
        raise MisreadError(position(at), f"EXISTS is already yes or no: leave out {surplus}")
