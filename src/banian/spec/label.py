"""Labels and conditions as text: expressions over windows of events and over the columns of the asking row."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from lark.exceptions import UnexpectedInput
from pydantic import BeforeValidator

from banian.spec.aggregate import AggregateSpec
from banian.spec.expression import check_depth, parse_expression
from banian.spec.expression_text import format_expression, format_name
from banian.spec.node import Aggregate, Node, Sql, is_condition, own_columns_of, windowed_of
from banian.spec.parse_error import ParseError, point_at
from banian.spec.question_fault import explain
from banian.spec.question_grammar import question_parser
from banian.spec.type_check import check_types

_AHEAD = "a label looks ahead: its window starts at 0 or later, like 0, 90d"
_BACK = "a condition on history looks back: its window ends at 0 or earlier, like -90d, 0"
_LIST = (
    "LIST_DISTINCT gives a list: it stands alone, and says how many are ranked, like RANK TOP 12"
)


@cache
def parse_label(text: str) -> Node:
    """Read a label or a condition into its tree.

    Raises:
        ValueError: the text breaks the grammar; the message shows where.

    >>> parse_label("COUNT(lines, 0, 90d) > 3").left.table
    'lines'

    """
    try:
        node: Node = question_parser().parse(text, start="disjunction")  # type: ignore[assignment]
        check_depth(node, at=0)
    except UnexpectedInput as error:
        raise show(text, explain(text, error)) from None
    except ParseError as error:
        raise show(text, error) from None
    return node


def show(text: str, error: ParseError) -> ValueError:
    """Make the error that shows a fault where it stands."""
    return ValueError(f"cannot read this expression:\n{point_at(text, error.at)}\n{error.problem}")


def check_label(node: Node, *, of_rows: bool) -> None:
    """Refuse a label that does not look ahead from what it is asked of.

    Raises:
        ParseError: with the place of the part that cannot stand there.

    """
    parts = windowed_of(node)
    check_types(node)
    _check_parts(node, parts, of_rows=of_rows, may_be_list=True)
    if parts and not any(part.window.is_ahead for part in parts):
        raise ParseError(parts[0].at, _AHEAD)
    columns = own_columns_of(node)
    if columns and not of_rows:
        problem = (
            f"the label of an entity is what happens to it: {columns[0].name!r} is no aggregate over "
            f"a window, like SUM(orders.{format_name(columns[0].name)}, 0, 90d)"
        )
        raise ParseError(columns[0].at, problem)
    if not parts and not columns:
        raise ParseError(0, "a label reads a column, or a window of events")


def check_history(node: Node, *, of_rows: bool) -> None:
    """Refuse a condition that looks ahead, or that is neither yes nor no.

    Raises:
        ParseError: with the place of the part that cannot stand there.

    """
    parts = windowed_of(node)
    check_types(node)
    _check_parts(node, parts, of_rows=of_rows, may_be_list=False)
    for part in parts:
        if part.window.is_ahead:
            raise ParseError(part.at, _BACK)
    if parts and not is_condition(node):
        problem = "a condition is yes or no: use EXISTS, or compare, as in COUNT(…) > 3"
        raise ParseError(parts[0].at, problem)


def _check_parts(
    node: Node, parts: tuple[Aggregate | Sql, ...], *, of_rows: bool, may_be_list: bool
) -> None:
    for part in parts:
        match part:
            case Sql() if of_rows:
                problem = (
                    "SQL answers for each key at a cutoff, so it can only be asked of entities"
                )
                raise ParseError(part.at, problem)
            case Aggregate(same=()) if of_rows:
                problem = (
                    "an aggregate asked of a row needs SAME: the columns in which an event equals "
                    "the row, like COUNT(orders SAME customer_id, 0, 7d)"
                )
                raise ParseError(part.at, problem)
            case Aggregate(same=(_, *_)) if not of_rows:
                problem = "only a row has columns to compare with SAME: an entity is its key"
                raise ParseError(part.at, problem)
            case Aggregate(function="list_distinct", top=top):
                if part is not node or top is None or not may_be_list:
                    raise ParseError(part.at, _LIST)


def _canonical(value: Any, to_node: Callable[[AggregateSpec], Node]) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        value = AggregateSpec.model_validate(value)
    if isinstance(value, AggregateSpec):
        value = format_expression(to_node(value))
    if not isinstance(value, str):
        return value
    try:
        node = parse_expression(value)  # here a column may be called like a word of questions
    except ValueError:
        node = parse_label(value)
    return format_expression(node)


Label = Annotated[str, BeforeValidator(lambda value: _canonical(value, AggregateSpec.to_label))]
"""Text that `parse_label` can read, in its one spelling; one aggregate may also be given as an `AggregateSpec`."""
History = Annotated[str, BeforeValidator(lambda value: _canonical(value, AggregateSpec.to_history))]
"""The same where a window looks back."""
