"""A task as a question: PREDICT … FOR EACH … and what narrows it down."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, get_args

from lark import Token
from lark.exceptions import UnexpectedInput
from pydantic import ValidationError

from banian.errors import nearest
from banian.spec.duration import parse_duration
from banian.spec.expression import check_depth
from banian.spec.expression_text import format_expression, format_name
from banian.spec.kind import Kind, Metric, Tower, check_choices
from banian.spec.label import check_history, check_label
from banian.spec.node import Aggregate, Node, own_columns_of, windowed_of
from banian.spec.parse_error import ParseError, point_at, quote
from banian.spec.question_fault import explain
from banian.spec.question_grammar import Asked, position, question_parser
from banian.spec.task import EntityTaskSpec, RowTaskSpec
from banian.spec.validation_fault import say_fault

_Clauses = dict[str, tuple[Token, Any]]
"""Keyword → it as it was written, and what stands after it."""


def parse_question(text: str) -> RowTaskSpec | EntityTaskSpec:
    """Read a question into the task that its mapping form would be.

    Raises:
        ValueError: the text is no question; the message shows where, and what was expected.

    >>> parse_question("PREDICT mails.bought FOR EACH mails WITHIN 7d").within.days
    7

    """
    try:
        return _build(_read(text))
    except ParseError as error:
        place = point_at(text, error.at)
        raise ValueError(f"cannot read this question:\n{place}\n{error.problem}") from None


def _read(text: str) -> Asked:
    try:
        return question_parser().parse(text, start="start")  # type: ignore[return-value]
    except UnexpectedInput as error:
        raise explain(text, error) from None


def _build(asked: Asked) -> RowTaskSpec | EntityTaskSpec:
    clauses: _Clauses = {}
    for keyword, value in asked.clauses:
        name = " ".join(keyword.upper().split())
        if clauses.setdefault(name, (keyword, value))[0] is not keyword:
            raise ParseError(position(keyword), f"a second {name}: keep one of them")
    check_depth(asked.target, at=0)
    of_rows = _asks_rows(asked.target)
    check_label(asked.target, of_rows=of_rows)
    _check_tables(asked.target, asked.each)
    fields = {"label": format_expression(asked.target)} | _closing_fields(clauses)
    if "WHERE" in clauses:
        where = clauses["WHERE"][1]
        check_history(where, of_rows=of_rows)
        _check_tables(where, asked.each)
        fields["where"] = format_expression(where)
    try:
        if of_rows:
            fields |= _row_fields(asked.target, clauses)
            return RowTaskSpec.model_validate({"rows": str(asked.each)} | fields)
        _refuse_row_clauses(clauses)
        return EntityTaskSpec.model_validate({"for_each": str(asked.each)} | fields)
    except ValidationError as error:
        at = position(clauses["AS"][1][0]) if "AS" in clauses else 0
        raise ParseError(at, say_fault(error.errors()[0])) from None


def _asks_rows(target: Node) -> bool:
    """Say whether it is asked of rows: it reads a column, or an aggregate that compares with SAME."""
    parts = windowed_of(target)
    return not parts or any(isinstance(part, Aggregate) and part.same for part in parts)


def _check_tables(node: Node, each: Token) -> None:
    for column in own_columns_of(node):
        if column.table is not None and column.table != each:
            problem = (
                f"FOR EACH asks about {format_name(each)}: a column without a window must be one "
                f"of the same table, and {format_name(column.table)}.{format_name(column.name)} is not"
            )
            raise ParseError(column.at, problem)
    for part in windowed_of(node):
        if isinstance(part, Aggregate) and part.where is not None:
            for column in own_columns_of(part.where):
                if column.table not in (None, part.table):
                    problem = (
                        f"this filters the events of {format_name(part.table)}: name its columns"
                    )
                    raise ParseError(column.at, problem)


def _row_fields(target: Node, clauses: _Clauses) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if "WITHIN" in clauses:
        if windowed_of(target):
            _refuse_within(clauses)
        fields["within"] = _read_length(clauses["WITHIN"][1])
    if "IN SCENE" in clauses:
        fields["scenes"] = clauses["IN SCENE"][1]
    if "UPLIFT" in clauses:
        fields["treatment"], fields["control"] = clauses["UPLIFT"][1]
    return fields


def _refuse_row_clauses(clauses: _Clauses) -> None:
    if "WITHIN" in clauses:
        _refuse_within(clauses)
    if "IN SCENE" in clauses:
        problem = "an entity is asked about in no scene. Filter the events: COUNT(views WHERE scene = 'home', 0, 7d)"
        raise ParseError(position(clauses["IN SCENE"][0]), problem)
    if "UPLIFT" in clauses:
        problem = (
            "a treatment stands in a row: ask about the rows that were treated, like FOR EACH mails"
        )
        raise ParseError(position(clauses["UPLIFT"][0]), problem)


def _closing_fields(clauses: _Clauses) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if "GIVEN" in clauses:
        fields["given"] = str(clauses["GIVEN"][1])
    if "WEIGHT" in clauses:
        fields["weight"] = str(clauses["WEIGHT"][1])
    if "AS" in clauses:
        kind, *share = clauses["AS"][1]
        fields["kind"] = _choose(kind, "kind", get_args(Kind))
        if share and share[0] is not None:
            fields["quantile"] = float(share[0])
    for word, field, known in (("BY", "metric", Metric), ("WITH", "tower", Tower)):
        if word in clauses:
            fields[field] = _choose(clauses[word][1], field, get_args(known))
            if "AS" in clauses:
                _check_fits(clauses[word][1], {"kind": fields["kind"], field: fields[field]})
    return fields


def _check_fits(token: Token, said: dict[str, Any]) -> None:
    try:
        check_choices(said["kind"], said.get("metric"), said.get("tower"))
    except ValueError as error:
        raise ParseError(position(token), str(error)) from None


def _choose(token: Token, what: str, known: Iterable[str]) -> str:
    if token.lower() not in known:
        raise ParseError(position(token), f"no {what} {quote(token)}. {nearest(token, known)}")
    return token.lower()


def _read_length(token: Token) -> timedelta:
    try:
        return parse_duration(token)
    except ValueError:
        problem = f"{quote(token)} is not a length of time. Write one like 12h, 7d or 4w"
        raise ParseError(position(token), problem) from None


def _refuse_within(clauses: _Clauses) -> None:
    problem = "WITHIN is for a label column; an aggregate has its own window"
    raise ParseError(position(clauses["WITHIN"][0]), problem)
