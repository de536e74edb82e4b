"""Every task is a question, and the question is the task again."""

from typing import Any, get_args

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, assume, given, settings
from pydantic import TypeAdapter, ValidationError

from banian.spec import METRICS, TOWERS, EntityTaskSpec, Kind, Metric, RowTaskSpec, TaskSpec, Tower
from banian.spec.expression_text import format_name
from banian.spec.question import parse_question
from banian.spec.question_text import format_question

MANY = settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TASK = TypeAdapter(TaskSpec)

names = st.text(max_size=6) | st.sampled_from(
    ["lines", "count", "FOR", "each", "same", "two words", 'a"b', "1a", "größe", "--", ";"]
)
tables = names.map(lambda name: name.replace(".", ""))
durations = st.tuples(st.integers(1, 10**5), st.sampled_from("hdw")).map(
    lambda length: f"{length[0]}{length[1]}"
)
columns = st.sampled_from(["a", "Quantity", '"two words"', '"say ""so"""', "same", "größe", "null"])
constants = st.sampled_from(["0", "7", "2.50", "1e-7", "'Web'", "'it''s'", "''", "TRUE", "False"])
signs = st.sampled_from(["=", "==", "!=", "<>", "<", ">", "<=", ">="])
numbers = st.sampled_from(["0", "-0.0", "2.50", "-3", "007", "1" * 30])


def larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Draw expressions around these, with every rule of their grammar."""
    among = st.lists(constants | st.sampled_from(["-1", "-2.5"]), min_size=1, max_size=3)
    return st.one_of(
        st.builds("({}) {} ({})".format, parts, st.sampled_from("+-*/"), parts),
        st.builds("({}) {} ({})".format, parts, signs, parts),
        st.builds("({}) {} ({})".format, parts, st.sampled_from(["AND", "or"]), parts),
        st.builds(
            "({}) {} ({})".format, parts, st.sampled_from(["IN", "not in"]), among.map(", ".join)
        ),
        st.builds("({}) IS {}".format, parts, st.sampled_from(["NULL", "not null"])),
        st.builds("{} ({})".format, st.sampled_from(["-", "NOT"]), parts),
    )


expressions = st.recursive(columns | constants, larger, max_leaves=6)


@st.composite
def aggregates(draw: st.DrawFn, **more: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Draw an aggregate's mapping, with what it can have."""
    optional = {"where": expressions}
    table = draw(tables)
    aggregate = draw(
        st.sampled_from(["exists", "count", "count_distinct", "sum", "avg", "min", "max"])
    )
    column = "" if aggregate in ("exists", "count") else "." + draw(names.filter(bool))
    if aggregate != "exists":
        optional["at_least"] = st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False)
        optional["compare"] = st.builds(
            "{}{} {}".format, st.sampled_from(["", " "]), signs.filter("<>".__ne__), numbers
        )
    drawn = draw(st.fixed_dictionaries(more, optional=optional))
    return {"aggregate": aggregate, "of": table + column, "within": draw(durations)} | drawn


@st.composite
def labels(draw: st.DrawFn) -> str:
    """Draw a label as text: windows, and what is computed of them."""
    bound = st.sampled_from(["0, 12h", "0, 3mo", "7d, 4w", "0, 1d"])
    events = tables.map(format_name)
    window = st.builds(
        "{}({}.{}, {})".format,
        st.sampled_from(["SUM", "avg", "FIRST", "LAST", "COUNT_DISTINCT"]),
        events,
        names.map(format_name),
        bound,
    )
    window |= st.builds("SQL('SELECT ''a''', {})".format, bound)
    window |= st.builds("count({}.*, {})".format, events, bound)
    if draw(st.integers(0, 4)) == 0:
        return f"LIST_DISTINCT(t.{format_name(draw(names))}, {draw(bound)}) RANK TOP 12"
    return draw(st.recursive(window, wider, max_leaves=4))


def wider(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Draw numbers around these."""
    return st.one_of(
        st.builds("({}) {} ({})".format, parts, st.sampled_from("+-*/"), parts),
        st.builds("GREATEST({}, {})".format, parts, parts | st.sampled_from(["0", "-2.5"])),
        st.builds("LEAST({}, {}, 3)".format, parts, parts),
    )


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a task's mapping of either grain; some contradict themselves."""
    kind = draw(st.none() | st.sampled_from(get_args(Kind)))
    metrics = METRICS[kind] if kind else get_args(Metric)
    towers = TOWERS[kind] if kind else get_args(Tower)
    closing = {
        "given": draw(st.none() | names),
        "weight": draw(st.none() | names),
        "kind": kind,
        "metric": draw(st.none() | st.sampled_from(metrics)),
        "tower": draw(st.none() | st.sampled_from(towers)),
        "quantile": draw(st.sampled_from([0.5, 0.9])) if kind == "quantile" else None,
    }
    if draw(st.booleans()):
        where = draw(st.none() | aggregates())
        label = draw(aggregates() | labels())
        return {"for_each": draw(names), "label": label, "where": where} | closing
    rows = {"rows": draw(names), "where": draw(st.none() | expressions)} | closing
    if draw(st.booleans()):
        same = st.lists(names, min_size=1, max_size=3)
        return rows | {"label": draw(aggregates(same=same))}
    rows |= {"scenes": draw(st.lists(names, max_size=2))}
    if kind in (None, "uplift") and draw(st.booleans()):
        rows |= {"treatment": draw(names), "control": draw(names | st.just(0) | st.booleans())}
    return rows | {"label": format_name(draw(names)), "within": draw(st.none() | durations)}


@MANY
@given(mapping=tasks())
def test_every_task_is_the_question_that_is_written_of_it(mapping: dict[str, Any]):
    try:
        task = TASK.validate_python(mapping)
    except ValidationError:
        assume(False)
    text = format_question(task)
    read = parse_question(text)
    assert read == task
    assert type(read) is type(task)
    assert hash(read) == hash(task)
    assert repr(read) == repr(task)
    assert format_question(read) == text


def test_a_floor_that_is_no_number_is_refused_in_either_form():
    label = {"aggregate": "sum", "of": "a.b", "within": "1d", "at_least": float("inf")}
    with pytest.raises(ValueError, match="Input should be a finite number"):
        EntityTaskSpec.model_validate({"for_each": "c", "label": label})
    with pytest.raises(ValueError, match="this number is too large"):
        parse_question("PREDICT GREATEST(SUM(a.b, 0, 1d), 1e999) FOR EACH c")


def test_a_row_task_names_its_column_with_its_table():
    task = RowTaskSpec(rows="order lines", label='"a.b"')
    assert format_question(task) == 'PREDICT "order lines"."a.b" FOR EACH "order lines"'
