"""A task as a question: PREDICT … FOR EACH … [WHERE …] [GIVEN …] [WITHIN …] [AS …] [BY …]."""

from collections.abc import Iterable
from typing import Any, get_args

from lark import Token
from lark.exceptions import UnexpectedInput
from pydantic import ValidationError

from banian.errors import nearest
from banian.spec.caret import MisreadError, point_at, quote
from banian.spec.expression_text import format_expression, format_name
from banian.spec.question_aggregate import build_history, build_label, read_length
from banian.spec.question_fault import explain
from banian.spec.question_grammar import Asked, Measure, position, question_parser
from banian.spec.task import METRICS, EntityTaskSpec, Kind, Metric, RowTaskSpec

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
    except MisreadError as error:
        place = point_at(text, error.at)
        raise ValueError(f"cannot read this question:\n{place}\n{error.problem}") from None


def _read(text: str) -> Asked:
    try:
        return question_parser().parse(text)  # type: ignore[return-value]  # its transformer's
    except UnexpectedInput as error:
        raise explain(text, error) from None


def _build(asked: Asked) -> RowTaskSpec | EntityTaskSpec:
    clauses: _Clauses = {}
    for keyword, value in asked.clauses:
        if clauses.setdefault(keyword.upper(), (keyword, value))[0] is not keyword:
            raise MisreadError(position(keyword), f"a second {keyword.upper()}: keep one of them")
    closing = _closing_fields(clauses)
    try:
        match asked.target:
            case Measure(same=()) as measure:
                fields = _entity_fields(measure, clauses)
                return EntityTaskSpec.model_validate(
                    {"for_each": str(asked.each)} | fields | closing
                )
            case label:
                fields = _row_fields(label, asked.each, clauses)
                return RowTaskSpec.model_validate({"rows": str(asked.each)} | fields | closing)
    except ValidationError as error:
        at = position(clauses["AS"][1]) if "AS" in clauses else 0
        raise MisreadError(at, error.errors()[0]["msg"].removeprefix("Value error, ")) from None


def _entity_fields(measure: Measure, clauses: _Clauses) -> dict[str, Any]:
    fields: dict[str, Any] = {"label": build_label(measure)}
    _refuse_within(clauses)
    if "WHERE" in clauses:
        keyword, where = clauses["WHERE"]
        if not isinstance(where, Measure):
            problem = "WHERE of entities asks their history, like WHERE EXISTS(orders, -90d, 0)"
            raise MisreadError(position(keyword), problem)
        fields["where"] = build_history(where)
    return fields


def _row_fields(
    label: Measure | tuple[Token, ...], rows: Token, clauses: _Clauses
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if isinstance(label, Measure):
        fields["label"] = build_label(label)
        _refuse_within(clauses)
    else:
        *table, column = label
        if table and table[0] != rows:
            problem = f"FOR EACH asks about {format_name(rows)}: the label must be a column of the same table"
            raise MisreadError(position(table[0]), problem)
        fields["label"] = str(column)
    if "WITHIN" in clauses:
        fields["within"] = read_length(clauses["WITHIN"][1])
    if "WHERE" in clauses:
        where = clauses["WHERE"][1]
        if isinstance(where, Measure):
            problem = "WHERE of rows reads their own columns, like WHERE channel = 'Web'"
            raise MisreadError(where.at, problem)
        fields["where"] = format_expression(where)
    return fields


def _closing_fields(clauses: _Clauses) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if "GIVEN" in clauses:
        fields["given"] = str(clauses["GIVEN"][1])
    if "AS" in clauses:
        fields["kind"] = _choose(clauses["AS"][1], "kind", get_args(Kind))
    if "BY" in clauses:
        fields["metric"] = _choose(clauses["BY"][1], "metric", get_args(Metric))
        known = METRICS[fields["kind"]] if "AS" in clauses else get_args(Metric)
        if fields["metric"] not in known:
            problem = f"{fields['kind']} is judged by one of {', '.join(known)}"
            raise MisreadError(position(clauses["BY"][1]), f"{problem}, not {fields['metric']}")
    return fields


def _choose(token: Token, what: str, known: Iterable[str]) -> str:
    if token.lower() not in known:
        raise MisreadError(position(token), f"no {what} {quote(token)}. {nearest(token, known)}")
    return token.lower()


def _refuse_within(clauses: _Clauses) -> None:
    if "WITHIN" in clauses:
        problem = "WITHIN is for a label column; an aggregate has its own window"
        raise MisreadError(position(clauses["WITHIN"][0]), problem)
