"""A question reads as a sentence, whatever it is made of."""

import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from pydantic import ValidationError

sys.path.insert(0, str(Path(__file__).parent))
from test_question_text import MANY, TASK, tasks

from banian.spec import parse_question, question_in_words
from banian.spec.node import own_columns_of, windowed_of

SENTENCES = {
    "EXISTS(lines, 0, 90d) FOR EACH customers": (
        "For each of customers: whether there will be a row of lines in the next 90 days."
    ),
    "NOT EXISTS(lines WHERE a > 0, 0, 1d) FOR EACH customers WHERE EXISTS(lines, -1mo, 0)": (
        "For each of customers, where there was a row of lines in the last month: whether there will be no row of "
        "lines in the next day (only where a is more than 0)."
    ),
    "GREATEST(SUM(lines.amount, 7d, 3mo), -2.5) FOR EACH customers": (
        "For each of customers: the sum of amount over rows of lines between 7 days and 3 months later (at least -2.5)."
    ),
    "LEAST(MAX(lines.a, 0, 4w), MIN(lines.b, 0, 36h)) FOR EACH customers": (
        "For each of customers: the least of the largest a of rows of lines in the next 28 days and the smallest b of "
        "rows of lines in the next 36 hours."
    ),
    "(AVG(l.a, 0, 1h) + 2) * -COUNT(l, 0, 1h) FOR EACH c": (
        "For each of c: (the mean of a over rows of l in the next hour plus 2) times minus the number of rows of l in "
        "the next hour."
    ),
    "COUNT_DISTINCT(l.a, 0, 1d) = 1 FOR EACH c WHERE COUNT(l, -9d, -2d) <= 3 OR x IS NULL": (
        "For each of c, where the number of rows of l between 9 days and 2 days before is at most 3 or x is not known: "
        "whether the number of different values of a in rows of l in the next day is 1."
    ),
    "LAST(l.a, 0, 1d) FOR EACH c AS multiclass": (
        "For each of c: which class the last a of rows of l in the next day is."
    ),
    "FIRST(l.a, 0, 1d) FOR EACH c AS quantile 0.975": (
        "For each of c: the number that the first a of rows of l in the next day does not exceed in 97.5 of 100 cases."
    ),
    'LIST_DISTINCT(l."two words", 0, 1d) RANK TOP 12 FOR EACH c': (
        'For each of c: the 12 values of "two words" that are most likely to stand in rows of l in the next day.'
    ),
    "SQL('SELECT 1', 0, 7d) FOR EACH c": (
        "For each of c: what its SQL query gives from the rows in the next 7 days."
    ),
    "m.a FOR EACH m WHERE b IN ('x', 'y', 3) AND (c IS NOT NULL OR d NOT IN (1)) GIVEN v WITHIN 36h IN SCENE 'home'": (
        "For each row of m in scene ‘home’, where b is ‘x’, ‘y’ or 3 and (c is known or d is not 1), given that v came "
        "true: what a will be, as it stands 36 hours later."
    ),
    "m.a AND NOT (m.b != TRUE) FOR EACH m": (
        "For each row of m: whether a is yes and it is not so that b is not yes."
    ),
    "EXISTS(m SAME x, y, 0, 7d) FOR EACH m UPLIFT arm OVER 'none'": (
        "For each row of m: how much each treatment in arm, against ‘none’, adds to the chance that there will be a "
        "row of m with the same x and y in the next 7 days."
    ),
    "m.a FOR EACH m UPLIFT arm OVER 0": (
        "For each row of m: how much each treatment in arm, against ‘0’, adds to a."
    ),
}


@pytest.mark.parametrize("asked", SENTENCES)
def test_each_part_of_a_question_is_said(asked):
    assert question_in_words(parse_question(f"PREDICT {asked}")) == SENTENCES[asked]


def test_a_column_is_read_as_the_kind_that_was_inferred():
    task = parse_question("PREDICT m.a FOR EACH m")
    assert question_in_words(task).endswith(": what a will be.")
    assert question_in_words(task, "binary").endswith(": whether a is yes.")
    assert question_in_words(task, "multiclass").endswith(": which class a is.")


@settings(MANY, max_examples=60)
@given(tasks())
def test_every_question_has_a_sentence_that_names_all_that_it_reads(tree):
    try:
        task = TASK.validate_python(tree)
    except ValidationError:
        assume(False)
    said = question_in_words(task)
    assert said.startswith("For each ")
    assert said.endswith(".")
    for node in (task.tree, task.condition):
        for part in () if node is None else (*windowed_of(node), *own_columns_of(node)):
            name = getattr(part, "table", None) or getattr(part, "name", "")
            assert name.replace('"', '""') in said
