"""An aggregate of a question becomes that of the mapping form; its window says which way it looks."""

from datetime import timedelta

from lark import Token

from banian.spec.caret import MisreadError, quote
from banian.spec.duration import parse_duration
from banian.spec.expression_text import format_expression, format_name
from banian.spec.label import AggregateSpec
from banian.spec.question_grammar import Measure, position

_AHEAD = "a label looks ahead: its window starts at 0 and ends later, like 0, 90d"
_BACK = "a condition on history looks back: its window starts earlier and ends at 0, like -90d, 0"


def build_label(measure: Measure) -> AggregateSpec:
    """Make the label: what happens in a window that starts at 0."""
    if measure.start != "0":
        raise MisreadError(position(measure.start), _AHEAD)
    if measure.end == "0" or measure.end.startswith("-"):
        raise MisreadError(position(measure.end), _AHEAD)
    return _build(measure, measure.end)


def build_history(measure: Measure) -> AggregateSpec:
    """Make the condition on history: what happened in a window that ends at 0."""
    if measure.same:
        raise MisreadError(
            position(measure.same[0]), "only the label of a row has columns to compare with SAME"
        )
    if not measure.start.startswith("-"):
        raise MisreadError(position(measure.start), _BACK)
    if measure.end != "0":
        raise MisreadError(position(measure.end), _BACK)
    if measure.aggregate.upper() != "EXISTS" and measure.compare is None:
        raise MisreadError(
            measure.at, "a condition is yes or no: use EXISTS, or compare, as in COUNT(…) > 3"
        )
    return _build(measure, measure.start.update(value=measure.start.removeprefix("-")))


def read_length(token: Token) -> timedelta:
    """Read a length of time; its fault is shown where it stands."""
    try:
        return parse_duration(token)
    except ValueError:
        problem = f"{quote(token)} is not a length of time. Write one like 12h, 7d or 4w"
        raise MisreadError(position(token), problem) from None


def _build(measure: Measure, length: Token) -> AggregateSpec:
    table, *column = measure.events
    word = measure.aggregate.upper()
    if "." in table:
        raise MisreadError(position(table), "a table of events has no dot in its name")
    if word in ("EXISTS", "COUNT") and column:
        raise MisreadError(
            position(column[0]), f"{word} counts rows: write {word}({format_name(table)}, …)"
        )
    if word not in ("EXISTS", "COUNT") and not any(column):
        raise MisreadError(
            position(table), f"{word} needs a column: write {word}({format_name(table)}.COLUMN, …)"
        )
    return AggregateSpec.model_validate(
        {
            "aggregate": word.lower(),
            "of": ".".join(measure.events),
            "where": None if measure.where is None else format_expression(measure.where),
            "within": read_length(length),
            "same": tuple(map(str, measure.same)),
            "at_least": measure.at_least,
            "compare": measure.compare,
        }
    )
