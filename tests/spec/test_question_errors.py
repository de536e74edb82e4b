"""A question that cannot be read is shown, with a caret below the fault and what to write."""

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from banian.errors import SpecError
from banian.spec import parse_spec
from banian.spec.question import parse_question

MESSAGES = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")

SPEC = """
shop: small
tables:
  lines: {source: a.csv, time: at, links: {customer: customers}}
  customers: {from: lines, key: customer}
tasks: {buy: QUESTION}
split: {valid: 2020-01-01, test: 2020-02-01}
"""


@pytest.mark.parametrize("message", MESSAGES.removesuffix("\n").split("\n\n"))
def test_a_fault_is_shown_below_the_question(message: str):
    question = message.partition("\n")[0].removeprefix("  ")
    with pytest.raises(ValueError, match="cannot read this question") as error:
        parse_question(question)
    assert str(error.value) == f"cannot read this question:\n{message}"


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_an_empty_question_is_refused(text: str):
    with pytest.raises(ValueError, match=r"the question ends here, expected PREDICT$"):
        parse_question(text)


def test_only_the_line_of_the_fault_is_shown():
    with pytest.raises(ValueError, match="cannot read") as error:
        parse_question("PREDICT a\nFOR EACH b\n\tWHERE 商品 ? 1\nGIVEN c")
    assert str(error.value) == (
        "cannot read this question:\n  \tWHERE 商品 ? 1\n  \t           ^\nfound '?', expected '.', "
        "a comparison, arithmetic, IN, IS, AND, OR, WHERE, GIVEN, WITHIN, IN SCENE, AS, BY, WITH, UPLIFT, WEIGHT "
        "or the end"
    )


HUGE = {
    "PREDICT a FOR EACH c WHERE x > " + "9" * 5000: "this whole number does not fit into 64 bits",
    "PREDICT a FOR EACH c WHERE " + "NOT " * 3000 + "x": "this is nested more than 100 deep",
    "PREDICT a FOR EACH c WHERE x" + " + x" * 3000: "this is nested more than 100 deep",
    "PREDICT COUNT(t WHERE "
    + "-"
    + " -" * 3000
    + "x, 0, 1d) FOR EACH c": "nested more than 100 deep",
    "PREDICT COUNT(t, 0, " + "9" * 5000 + "d) FOR EACH c": "is not a length of time",
    "PREDICT COUNT(t, 0, 1d) > " + "9" * 5000 + " FOR EACH c": "this whole number does not fit",
    "PREDICT GREATEST(COUNT(t, 0, 1d), "
    + "9" * 5000
    + ") FOR EACH c": "this whole number does not fit",
    "PREDICT " + "GREATEST(" * 3000: "the question ends here, expected a column",
}


@pytest.mark.parametrize(("text", "problem"), HUGE.items(), ids=range(len(HUGE)))
def test_what_is_too_large_or_too_deep_is_refused(text: str, problem: str):
    with pytest.raises(ValueError, match=problem) as error:
        parse_question(text)
    assert max(map(len, str(error.value).splitlines())) < 200


def test_a_caret_stands_behind_tabs_as_the_text_does():
    with pytest.raises(ValueError, match="cannot read") as error:
        parse_question("PREDICT a\tFOR EACH b\tWHRE x")
    assert str(error.value).splitlines()[1:3] == [
        "  PREDICT a\tFOR EACH b\tWHRE x",
        "           \t          \t^",
    ]


PIECES = (
    "PREDICT EXISTS( COUNT( GREATEST( lines . a ( ) , 0 -90d 7d -2.5 FOR EACH WHERE > = AND NOT IN IS "
    "NULL SAME GIVEN WITHIN AS BY count + -- * ; ? é 商 \" ' \"b\" 'c'"
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(pieces=st.lists(st.sampled_from(PIECES.split()), max_size=12), is_started=st.booleans())
def test_whatever_is_written_is_read_or_refused(pieces: list[str], is_started: bool):
    text = " ".join(["PREDICT", *pieces] if is_started else pieces)
    try:
        parse_question(text)
    except ValueError as error:
        header, line, caret, problem = str(error).split("\n")
        assert header == "cannot read this question:"
        assert caret.strip() == "^"
        assert line.strip() == text.strip() or "…" in line
        assert problem


def test_what_just_fits_is_read():
    parse_question("PREDICT a FOR EACH c WHERE x > 9223372036854775807")
    parse_question("PREDICT a FOR EACH c WHERE x IN (-9223372036854775808)")
    parse_question("PREDICT a FOR EACH c WHERE " + "(" * 3000 + "x" + ")" * 3000)


def test_a_spec_names_the_task_whose_question_cannot_be_read():
    question = "PREDICT EXSITS(lines, 0, 90d) FOR EACH customers"
    with pytest.raises(SpecError) as error:
        parse_spec(SPEC.replace("QUESTION", f"'{question}'"))
    assert str(error.value) == (
        "tasks.buy: cannot read this question:\n"
        "  PREDICT EXSITS(lines, 0, 90d) FOR EACH customers\n"
        "          ^\n"
        "there is no aggregate 'EXSITS'. Did you mean 'EXISTS'? "
        "There are: AVG, COUNT, COUNT_DISTINCT, EXISTS, FIRST, GREATEST, LAST, LEAST, LIST_DISTINCT, "
        "MAX, MIN, SQL, SUM.\n"
        "Remedy: Correct the spec and run it again."
    )


def test_a_question_that_speaks_of_should_is_shown_once():
    with pytest.raises(SpecError) as error:
        parse_spec(SPEC.replace("QUESTION", "PREDICT x should FOR EACH lines"))
    assert error.value.problem.endswith(
        "found 'should', expected '.', a comparison, arithmetic, IN, IS, AND, OR or FOR EACH"
    )


NAMES = {
    "PREDICT EXISTS(liens, 0, 7d) FOR EACH customers": (
        "tasks.buy.label: no table 'liens'. Did you mean 'lines'? There are: lines."
    ),
    "PREDICT EXISTS(lines, 0, 7d) FOR EACH custmers": (
        "tasks.buy.for_each: no table 'custmers'. Did you mean 'customers'? "
        "There are: customers, lines."
    ),
    "PREDICT x FOR EACH linse": (
        "tasks.buy.rows: no table 'linse'. Did you mean 'lines'? There are: lines."
    ),
    "PREDICT x FOR EACH lines GIVEN byu": (
        "tasks.buy.given: no task 'byu'. Did you mean 'buy'? There are: buy."
    ),
}


@pytest.mark.parametrize(("question", "message"), NAMES.items())
def test_a_name_that_does_not_exist_is_found_as_in_the_mapping(question: str, message: str):
    with pytest.raises(SpecError) as error:
        parse_spec(SPEC.replace("QUESTION", f"'{question}'"))
    assert error.value.problem == message
