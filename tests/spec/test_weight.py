"""How much rows count is a column of whoever is asked about, and of nobody else."""

import pytest

from banian.errors import SpecError
from banian.spec import dump_spec, format_question, parse_question, parse_spec, question_in_words

SHOP = """
shop: s
tables:
  lines: {source: l.csv, key: id, time: at, scene: place, links: {who: customers, guest: guests}, ignore: [left]}
  customers: {source: c.csv, key: who}
  guests: {from: lines, key: guest}
tasks: {t: 'TASK'}
split: {valid: 2020-02-01, test: 2020-03-01}
"""
ROWS = "PREDICT lines.bought FOR EACH lines WITHIN 7d WEIGHT "


def read(task: str, more: str = "", shop: str = SHOP):
    return parse_spec(shop.replace("TASK", task) + more)


@pytest.mark.parametrize("name", ["price", "weight", "WEIGHT", '"two words"'])
def test_the_clause_is_the_key_and_the_key_the_clause(name):
    text = f"PREDICT lines.bought FOR EACH lines WEIGHT {name} BY auc"
    task = parse_question(text)
    assert task.weight == name.strip('"')
    assert format_question(task) == text
    assert parse_question(f"PREDICT lines.bought FOR EACH lines BY auc weight {name}") == task
    assert question_in_words(task, "binary").startswith(
        f"For each row of lines, weighted by {name}:"
    )


def test_columns_and_tables_may_still_be_called_weight():
    task = parse_question("PREDICT weight.weight FOR EACH weight WHERE weight > 3 WEIGHT weight")
    assert (task.rows, task.label, task.where, task.weight) == (
        "weight",
        "weight",
        "weight > 3",
        "weight",
    )


def test_a_spec_with_weights_is_written_as_it_is_read():
    spec = read(ROWS + "price")
    assert parse_spec(dump_spec(spec)) == spec
    assert spec.tasks["t"].weight == "price"
    assert "weight:" not in dump_spec(read(ROWS.removesuffix("WEIGHT ")))


@pytest.mark.parametrize(
    ("task", "problem"),
    [
        (
            "PREDICT COUNT(lines, 0, 7d) FOR EACH guests WEIGHT price",
            "'guests' has no columns of its own",
        ),
        (ROWS + "left", "lines ignores 'left'. Leave it out of ignore"),
        (ROWS + "id", "'id' is the key, time, link or scene of lines"),
        (ROWS + "who", "'who' is the key, time, link or scene of lines"),
        ("PREDICT COUNT(lines, 0, 7d) FOR EACH customers WEIGHT who", "'who' is the key, time"),
        (ROWS + "bought", "'bought' is the label"),
        (ROWS + "a WEIGHT b", "a second WEIGHT: keep one of them"),
        (ROWS + "3", "expected a column"),
    ],
)
def test_what_cannot_weigh_is_refused(task, problem):
    with pytest.raises(SpecError) as error:
        read(task)
    assert problem in error.value.problem


def test_over_the_entire_space_a_chain_weighs_alike():
    chain = ROWS + "price', u: 'PREDICT lines.kept FOR EACH lines GIVEN t WITHIN 7d"
    esmm = "model: {dependence: esmm}"
    assert read(chain).tasks["u"].weight is None
    assert read(chain + " WEIGHT price", esmm).tasks["u"].weight == "price"
    with pytest.raises(SpecError, match="'t' has price, and 'u' none"):
        read(chain, esmm)
