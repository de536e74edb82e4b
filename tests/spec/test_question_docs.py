"""The page about tasks says what the reader does."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from banian.errors import SpecError
from banian.spec import METRICS, TOWERS, TaskSpec, parse_question, parse_spec

PAGE = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")
TASK = TypeAdapter(TaskSpec)
SPEC = """
shop: small
tables: {lines: {source: a.csv, time: at}}
tasks: {buy: 'QUESTION'}
split: {valid: 2020-01-01, test: 2020-02-01}
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def rows(heading: str) -> list[tuple[str, Any]]:
    """Read the first two columns of the table with this heading."""
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    found = re.findall(r"^\| `(.+?)` \| `(.+?)` \|", table, flags=re.MULTILINE)
    return [(question, yaml.safe_load(mapping)) for question, mapping in found]


def test_the_examples_are_found():
    assert len(blocks("yaml")) == 6
    assert [len(rows(heading)) for heading in ("label", "question", "clause")] == [13, 3, 10]


@pytest.mark.parametrize("first", [0, 2, 4])
def test_the_questions_are_the_mappings_below_them(first: int):
    questions, mappings = map(yaml.safe_load, blocks("yaml")[first : first + 2])
    assert questions.keys() == mappings.keys()
    for name, question in questions.items():
        assert parse_question(question) == TASK.validate_python(mappings[name])


@pytest.mark.parametrize(("target", "label"), rows("label"))
def test_a_target_is_the_label_beside_it(target: str, label: dict[str, Any]):
    task = TASK.validate_python({"for_each": "customers", "label": label})
    assert parse_question(f"PREDICT {target} FOR EACH customers") == task


@pytest.mark.parametrize(("clause", "where"), rows("question"))
def test_a_history_is_the_condition_beside_it(clause: str, where: Any):
    label = {"aggregate": "exists", "of": "lines", "within": "90d"}
    task = TASK.validate_python({"for_each": "customers", "label": label, "where": where})
    assert parse_question(f"PREDICT EXISTS(lines, 0, 90d) FOR EACH customers {clause}") == task


@pytest.mark.parametrize(("clause", "key"), rows("clause"))
def test_a_clause_is_the_key_beside_it(clause: str, key: dict[str, Any]):
    task = TASK.validate_python({"rows": "mails", "label": "bought"} | key)
    assert parse_question(f"PREDICT mails.bought FOR EACH mails {clause}") == task


def test_the_kinds_have_the_metrics_and_towers_of_the_page():
    table = PAGE.partition("| kind | inferred for |")[2].partition("\n\n")[0]
    lines = [line.split(" | ") for line in table.splitlines() if line.startswith("| `")]
    metrics, towers = (
        {line[0].strip("|` "): tuple(re.findall(r"`(\w+)`", line[at])) for line in lines}
        for at in (2, 3)
    )
    assert metrics == METRICS
    assert towers == TOWERS


def test_every_tower_is_explained_on_its_own_page():
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    for kind, towers in TOWERS.items():
        assert f"| {kind} | `" in page
        assert all(f"WITH {tower}" in page for tower in towers[1:])


def test_the_fault_is_shown_as_on_the_page():
    (message,) = blocks("text")
    question = message.splitlines()[1].strip()
    with pytest.raises(SpecError) as error:
        parse_spec(SPEC.replace("QUESTION", question))
    assert error.value.problem == message.strip()
