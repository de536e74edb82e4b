"""A question is read into exactly the task that its mapping is."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from banian.errors import SpecError
from banian.spec import AggregateSpec, EntityTaskSpec, RowTaskSpec, TaskSpec, dump_spec, parse_spec
from banian.spec.question import parse_question
from banian.spec.question_text import format_question

TASK = TypeAdapter(TaskSpec)
SHOP = """
shop: small
tables:
  lines: {source: a.csv, time: at, links: {customer: customers}}
  customers: {from: lines, key: customer}
tasks:
  buy: TASK
split: {valid: 2020-01-01, test: 2020-02-01}
"""
BUY = "PREDICT EXISTS(lines, 0, 7d) FOR EACH customers"


def window(aggregate: str, of: str, within: str, **more: Any) -> dict[str, Any]:
    return {"aggregate": aggregate, "of": of, "within": within, **more}


EQUAL: dict[str, dict[str, Any]] = {
    "PREDICT EXISTS(lines WHERE Quantity > 0, 0, 90d) FOR EACH customers WHERE EXISTS(lines, -90d, 0)": {
        "for_each": "customers",
        "label": window("exists", "lines", "90d", where="Quantity > 0"),
        "where": window("exists", "lines", "90d"),
    },
    "PREDICT GREATEST(SUM(lines.amount, 0, 4w), -2.5) FOR EACH customers BY rmse": {
        "for_each": "customers",
        "label": window("sum", "lines.amount", "28d", at_least=-2.5),
        "metric": "rmse",
    },
    "PREDICT COUNT(lines, 0, 90d) > 3 FOR EACH customers AS binary": {
        "for_each": "customers",
        "label": window("count", "lines", "90d", compare=">3"),
        "kind": "binary",
    },
    "PREDICT GREATEST(AVG(lines.price, 0, 36h), 1) <> 2.50 FOR EACH customers "
    "WHERE GREATEST(COUNT_DISTINCT(lines.code WHERE a IN (1, 'x'), -2w, 0), 2) <= 4": {
        "for_each": "customers",
        "label": window("avg", "lines.price", "36h", at_least=1, compare="!= 2.5"),
        "where": window(
            "count_distinct", "lines.code", "14d", where="a IN(1,'x')", at_least=2, compare="<=4"
        ),
    },
    "PREDICT EXISTS(lines WHERE Quantity < 0 SAME CustomerID, StockCode, 0, 60d) FOR EACH lines "
    "WHERE Quantity > 0": {
        "rows": "lines",
        "label": window(
            "exists", "lines", "60d", where="Quantity < 0", same=["CustomerID", "StockCode"]
        ),
        "where": "Quantity > 0",
    },
    "PREDICT mails.bought FOR EACH mails WHERE channel = 'Web' GIVEN visit WITHIN 7d": {
        "rows": "mails",
        "label": "bought",
        "where": "channel == 'Web'",
        "given": "visit",
        "within": "7d",
    },
    "PREDICT bought FOR EACH mails BY log_loss AS binary": {
        "rows": "mails",
        "label": "bought",
        "kind": "binary",
        "metric": "log_loss",
    },
    'PREDICT "order lines"."was ""it"" sent?" FOR EACH "order lines" GIVEN "given"': {
        "rows": "order lines",
        "label": '"was ""it"" sent?"',
        "given": "given",
    },
    'PREDICT "mails".count FOR EACH mails': {"rows": "mails", "label": "count"},
    'PREDICT MAX(lines.a SAME "by", größe, 0, 1d) FOR EACH 商品 WHERE "--" != \';\'': {
        "rows": "商品",
        "label": window("max", "lines.a", "1d", same=["by", "größe"]),
        "where": "\"--\" <> ';'",
    },
}


@pytest.mark.parametrize(("question", "mapping"), EQUAL.items())
def test_a_question_is_the_task_of_its_mapping(question: str, mapping: dict[str, Any]):
    read, task = parse_question(question), TASK.validate_python(mapping)
    assert read == task
    assert hash(read) == hash(task)
    assert repr(read) == repr(task)
    assert parse_question(format_question(task)) == task


@pytest.mark.parametrize(
    "text",
    [
        "predict exists(LINES where a > 0, 0, 7d) for each C where exists(LINES, -7d, 0)",
        "\n\tPREDICT\nEXISTS (LINES\n  WHERE a>0,0,7 d )\nFOR\tEACH C\n\nWHERE EXISTS(LINES,- 7d,0)\n",
        "PREDICT EXISTS(LINES WHERE a > 0, 0, 1w) FOR EACH C WHERE EXISTS(LINES, -168h, 0)",
    ],
)
def test_space_and_the_case_of_keywords_are_free(text: str):
    task = EntityTaskSpec(
        for_each="C",
        label=AggregateSpec(aggregate="exists", of="LINES", within="7d", where="a > 0"),
        where=AggregateSpec(aggregate="exists", of="LINES", within="7d"),
    )
    assert parse_question(text) == task


def test_clauses_stand_in_any_order():
    clauses = ["WHERE a > 0", "GIVEN g", "WITHIN 7d", "AS binary", "BY auc"]
    tasks = {
        parse_question(" ".join(("PREDICT t.a FOR EACH t", *clauses[turn:], *clauses[:turn])))
        for turn in range(5)
    }
    assert len(tasks) == 1


def test_a_column_and_an_aggregate_with_same_ask_about_rows():
    about = {
        "PREDICT a FOR EACH t": RowTaskSpec,
        "PREDICT t.a FOR EACH t": RowTaskSpec,
        "PREDICT COUNT(t SAME a, 0, 1d) FOR EACH t": RowTaskSpec,
        "PREDICT COUNT(t, 0, 1d) FOR EACH t": EntityTaskSpec,
    }
    assert {text: type(parse_question(text)) for text in about} == about


def test_both_forms_of_a_spec_are_one_value_and_are_dumped_as_mappings():
    mapping = "{for_each: customers, label: {aggregate: exists, of: lines, within: 7d}}"
    asked, mapped = parse_spec(SHOP.replace("TASK", BUY)), parse_spec(SHOP.replace("TASK", mapping))
    assert asked == mapped
    assert dump_spec(asked) == dump_spec(mapped)
    assert "PREDICT" not in dump_spec(asked)


@pytest.mark.parametrize("block", [">-\n    ", "|\n    "])
def test_a_question_may_run_over_lines_of_yaml(block: str):
    text = block + BUY.replace(" FOR", "\n    FOR")
    assert parse_spec(SHOP.replace("TASK", text)) == parse_spec(SHOP.replace("TASK", BUY))


def test_settings_change_a_question_as_they_change_its_mapping():
    spec = parse_spec(
        SHOP.replace("TASK", BUY),
        overrides=("tasks.buy.label=EXISTS(lines, 0, 9d)", "tasks.buy.metric=auc"),
    )
    task = parse_question(BUY.replace("7d", "9d") + " BY auc")
    assert spec.tasks["buy"] == task


def test_a_setting_asks_another_question():
    other = BUY.replace("7d", ["9d", "WHERE", "EXISTS(lines,", "-1d,", "0)"][0])
    spec = parse_spec(SHOP.replace("TASK", BUY), overrides=(f"tasks.buy={other}",))
    assert spec.tasks["buy"].label == "EXISTS(lines, 0, 9d)"


def test_a_setting_of_a_part_of_a_text_is_refused():
    with pytest.raises(SpecError, match="has no parts to set") as error:
        parse_spec(
            SHOP.replace("TASK", BUY),
            overrides=("tasks.buy.label=COUNT(lines, 0, 7d)", "tasks.buy.label.within=9d"),
        )
    assert error.value.remedy == "Set it whole: --set 'tasks.buy.label=…'"


def test_a_setting_of_an_unreadable_question_shows_the_question():
    with pytest.raises(SpecError) as error:
        parse_spec(SHOP.replace("TASK", "PREDICT"), overrides=("tasks.buy.metric=auc",))
    assert error.value.problem == (
        "tasks.buy: cannot read this question:\n  PREDICT\n         ^\n"
        "the question ends here, expected a column, a number, a text or an aggregate"
    )
