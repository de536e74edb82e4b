"""The grammar of questions: that of expressions, with aggregates over windows as further parts of it."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, final, get_args

from lark import Lark, Token, v_args

from banian.spec.expression import RULES, Nodes, check_depth, unquote
from banian.spec.expression_text import BARE_NAME, format_name
from banian.spec.node import Aggregate, Column, Constant, Function, Node, Sql, windowed_of
from banian.spec.parse_error import ParseError, quote
from banian.spec.window import Window, parse_offset

AGGREGATES = tuple(name.upper() for name in get_args(Function))
"""Functions over a window, as they are written."""
_OF_ROWS = ("EXISTS", "COUNT")
_GRAMMAR = (
    RULES
    + rf"""
start: _PREDICT disjunction _FOR _EACH name clause*
clause: WHERE disjunction
    | GIVEN name
    | WITHIN LENGTH
    | IN_SCENE literal ("," literal)*
    | AS name [NUMBER]
    | BY name
    | WITH name
    | UPLIFT name _OVER literal
    | WEIGHT name
%extend factor: aggregate
    | aggregate RANK _TOP NUMBER                            -> ranked
    | aggregate NEW RANK _TOP NUMBER                        -> newly_ranked
    | SQL "(" TEXT "," bound "," bound ")"                  -> sql
    | name "." name                                         -> qualified
aggregate: AGGREGATE "(" events [WHERE disjunction] same bound "," bound ")"
events: name ["." (name | "*")]
same: "," | _SAME (name ",")+
bound: MINUS? LENGTH
name: NAME | QUOTED
_PREDICT.2: /PREDICT\b/i
_FOR.2: /FOR\b/i
_EACH.2: /EACH\b/i
_SAME.2: /SAME\b/i
WHERE.2: /WHERE\b/i
GIVEN.2: /GIVEN\b/i
WITHIN.2: /WITHIN\b/i
IN_SCENE.3: /IN\s+SCENE\b/i
AS.2: /AS\b/i
BY.2: /BY\b/i
WITH.2: /WITH\b/i
UPLIFT.2: /UPLIFT\b/i
_OVER.2: /OVER\b/i
WEIGHT.2: /WEIGHT\b/i
NEW.2: /NEW\b/i
RANK.2: /RANK\b/i
_TOP.2: /TOP\b/i
SQL.2: /SQL(?=\s*\()/i
AGGREGATE.2: /({"|".join(AGGREGATES)})(?=\s*\()/i
NAME: /{BARE_NAME}/
LENGTH: /\d[\w.]*(\s+(mo|[hdw])\b)?/
"""
)


@final
@dataclass(frozen=True)
class Asked:
    """A question, as it was written: of what, for each of what, under which clauses."""

    target: Node
    each: Token
    clauses: tuple[tuple[Token, Any], ...]


@cache
def question_parser() -> Lark:
    """Make the parser of questions, which gives `Asked`, and from `disjunction` of labels alone, which gives a tree."""
    return Lark(_GRAMMAR, parser="lalr", transformer=_Parts(), start=["start", "disjunction"])


def position(token: Token) -> int:
    """Say where in the question a token begins."""
    return token.start_pos or 0


@v_args(inline=True)
class _Parts(Nodes):
    """One method per rule of the grammar, named like it."""

    start = staticmethod(lambda target, each, *clauses: Asked(target, each, clauses))
    same = staticmethod(lambda *columns: columns)

    @staticmethod
    def name(token: Token) -> Token:
        return token.update("NAME", unquote(token)) if token.type == "QUOTED" else token

    @staticmethod
    def events(table: Token, column: Token | None = None) -> tuple[Token, Token | None]:
        return table, column

    @staticmethod
    def bound(sign: Token, *length: Token) -> Token:
        return sign.update(value="".join((sign, *length)))

    @staticmethod
    def qualified(table: Token, column: Token) -> Column:
        return Column(str(column), table=str(table), at=position(table))

    @staticmethod
    def aggregate(
        word: Token,
        events: tuple[Token, Token | None],
        where: Token | None,
        node: Node | None,
        same: tuple[Token, ...],
        start: Token,
        end: Token,
    ) -> Aggregate:
        table, column = events
        _check_column(word.upper(), table, column)
        if where is not None and node is not None:
            check_depth(node, at=position(where))
            for inner in windowed_of(node):
                raise ParseError(inner.at, "an aggregate cannot stand inside another one's WHERE")
        return Aggregate(
            word.lower(),  # type: ignore[arg-type]  # one of AGGREGATES
            str(table),
            None if column is None else str(column),
            _window(start, end),
            node,
            tuple(map(str, same)),
            at=position(word),
        )

    @staticmethod
    def ranked(aggregate: Aggregate, word: Token, top: Token) -> Aggregate:
        if aggregate.function != "list_distinct":
            raise ParseError(position(word), "only what LIST_DISTINCT gives can be ranked")
        if not top.isdecimal() or not 0 < len(top) <= 6 or int(top) == 0:
            raise ParseError(position(top), "how many to rank is a whole number, like TOP 12")
        return replace(aggregate, top=int(top))

    @staticmethod
    def newly_ranked(aggregate: Aggregate, new: Token, word: Token, top: Token) -> Aggregate:
        if aggregate.function != "list_distinct":
            raise ParseError(position(new), "only what LIST_DISTINCT gives can be new")
        return replace(_Parts.ranked(aggregate, word, top), new=True)

    @staticmethod
    def sql(word: Token, query: Token, start: Token, end: Token) -> Sql:
        return Sql(unquote(query), _window(start, end), at=position(word))

    @staticmethod
    def clause(keyword: Token, *values: Any) -> tuple[Token, Any]:  # noqa: ANN401
        if keyword.type == "WHERE":
            check_depth(values[0], at=position(keyword))
        if keyword.type == "IN_SCENE":
            return keyword, tuple(str(_text(value, keyword)) for value in values)
        if keyword.type == "UPLIFT":
            return keyword, (str(values[0]), values[1].value)
        return keyword, values if keyword.type == "AS" else values[0]


def _text(value: Constant, keyword: Token) -> str:
    if not isinstance(value.value, str):
        raise ParseError(position(keyword), "a scene is a text in single quotes: IN SCENE 'home'")
    return value.value


def _check_column(word: str, table: Token, column: Token | None) -> None:
    if "." in table:
        raise ParseError(position(table), "a table of events has no dot in its name")
    if word in _OF_ROWS and column is not None:
        problem = f"{word} counts rows: write {word}({format_name(table)}, …)"
        raise ParseError(position(column), problem)
    if word not in _OF_ROWS and not column:
        problem = f"{word} needs a column: write {word}({format_name(table)}.COLUMN, …)"
        raise ParseError(position(table), problem)


def _window(start: Token, end: Token) -> Window:
    bounds = []
    for token in (start, end):
        try:
            bounds.append(parse_offset(token))
        except ValueError:
            problem = f"{quote(token)} is not a length of time. Write one like 12h, 7d, 4w or 3mo"
            raise ParseError(position(token), problem) from None
    try:
        return Window(*bounds)
    except ValueError as error:
        raise ParseError(position(start), str(error)) from None
