"""NEW leaves out of a list what the entity had before, in text and as a mapping."""

import pytest

from banian.spec import EntityTaskSpec
from banian.spec.aggregate import AggregateSpec
from banian.spec.label import parse_label
from banian.spec.question import parse_question
from banian.spec.question_text import format_question

ASKED = "PREDICT LIST_DISTINCT(e.s WHERE n > 0, 0, 28d) NEW RANK TOP 12 FOR EACH w BY recall"
PARTS = {"aggregate": "list_distinct", "of": "e.s", "where": "n > 0", "within": "28d", "top": 12}


def test_text_and_mapping_are_one_value():
    task = parse_question(ASKED)
    assert format_question(task) == ASKED
    assert task == EntityTaskSpec(for_each="w", label=PARTS | {"new": True}, metric="recall")
    plain = EntityTaskSpec(for_each="w", label=PARTS, metric="recall")
    assert plain != task
    assert parse_question(ASKED.replace(" NEW", "")) == plain
    assert parse_question(ASKED.lower().replace("top", "Top")) == task


def test_a_column_may_be_called_new():
    text = "COUNT(e WHERE new > 0 SAME new, 0, 1d) + new"
    assert parse_label(parse_question(f"PREDICT {text} FOR EACH e").label) == parse_label(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("COUNT(e, 0, 1d) NEW RANK TOP 3", "only what LIST_DISTINCT gives can be new"),
        ("LIST_DISTINCT(e.s, 0, 1d) NEW", "the question ends here, expected RANK TOP"),
        ("LIST_DISTINCT(e.s, 0, 1d) RANK TOP 3 NEW", "found 'NEW'"),
        ("LIST_DISTINCT(e.s, 0, 1d) NEW RANK TOP 0", "how many to rank is a whole number"),
    ],
)
def test_what_is_no_list_of_new_items_is_refused(text: str, problem: str):
    with pytest.raises(ValueError, match=problem):
        parse_label(text)


@pytest.mark.parametrize("more", [{"new": True}, {"top": 3}])
def test_a_mapping_of_another_aggregate_gives_no_list(more: dict):
    with pytest.raises(ValueError, match="count gives no list"):
        AggregateSpec.model_validate({"aggregate": "count", "of": "e", "within": "1d"} | more)
