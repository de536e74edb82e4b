"""YAML is read as it stands, and what would be lost or never end is refused."""

import re
from typing import Any

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import given, settings

from banian.errors import SpecError
from banian.spec import parse_spec
from banian.spec.yaml_text import read_yaml

BRIEF = settings(max_examples=80, deadline=None, derandomize=True)
keys = st.text("abcdefgh_é ", min_size=1, max_size=5).map(str.strip).filter(bool)
trees = st.recursive(
    st.integers(-9, 9) | st.text("xyz: #'\"", max_size=5) | st.booleans() | st.none(),
    lambda inner: (
        st.dictionaries(keys, inner, min_size=1, max_size=4) | st.lists(inner, max_size=3)
    ),
    max_leaves=12,
)


def mappings_of(tree: Any) -> list[dict[str, Any]]:
    found = [tree] if isinstance(tree, dict) else []
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return found + [mapping for part in inner for mapping in mappings_of(part)]


@BRIEF
@given(
    tree=st.dictionaries(keys, trees, min_size=1, max_size=4), flow=st.booleans(), data=st.data()
)
def test_a_text_is_read_unless_a_key_stands_twice_at_any_depth(
    tree: dict[str, Any], flow: bool, data: st.DataObject
):
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True)
    assert read_yaml(text) == tree
    spoilt = data.draw(st.sampled_from(mappings_of(tree)))
    twice = data.draw(st.sampled_from(sorted(spoilt)))
    spoilt["planted"] = data.draw(trees)
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True)
    planted = text.replace("planted", yaml.safe_dump(twice, allow_unicode=True).split("\n")[0])
    with pytest.raises(SpecError) as error:
        read_yaml(planted)
    assert f"the key {twice!r} stands twice" in error.value.problem
    lines = [
        int(line) for line in re.findall(r"\d+", error.value.problem.rpartition(" in line")[2])
    ]
    assert len(lines) in (1, 2)
    assert any(twice in planted.splitlines()[line - 1] for line in lines)


TWICE = {
    "a: 1\n\nb: 2\na: 3": "the key 'a' stands twice, in lines 1 and 4",
    "tables:\n  orders:\n    links: {c: x, d: y, c: z}": (
        "tables.orders.links: the key 'c' stands twice, in line 3"
    ),
    "a:\n- {b: 1}\n- {b: 1,\n   b: 2}": "a: the key 'b' stands twice, in lines 3 and 4",
    "a: {1: x, 0x1: y}": "a: the key '0x1' stands twice",
    '{"a": 1, a: 2}': "the key 'a' stands twice",
    "yes: 1\ntrue: 2": "the key 'true' stands twice",
    "? a\n: 1\n? a\n: 2": "the key 'a' stands twice, in lines 1 and 3",
}


@pytest.mark.parametrize(("text", "problem"), TWICE.items(), ids=range(len(TWICE)))
def test_a_key_that_stands_twice_is_refused_with_both_places(text: str, problem: str):
    with pytest.raises(SpecError, match=re.escape(problem)):
        read_yaml(text)


def test_a_merged_key_gives_way():
    text = "base: &base {a: 1, b: 2}\nmore: {<<: *base, a: 3, <<: {c: 4}}"
    assert read_yaml(text)["more"] == {"a": 3, "b": 2, "c": 4}


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
ENDLESS = {
    "[" * 5000: "nested more than 50 deep in line 1, column 51",
    "- " * 5000 + "a": "nested more than 50 deep",
    "\n".join("  " * depth + "a:" for depth in range(500)): "nested more than 50 deep in line 50",
    BOMB: "this holds more than 100,000 values, with what aliases repeat in line 16",
    "a: &a {b: *a}": "the alias *a stands inside what it stands for in line 1",
    "a: &a [" + "[" * 30 + "]" * 30 + "]\nb: " + "[" * 30 + "*a" + "]" * 30: "nested more than 50",
    "a: \x01": "unacceptable character",
    "a: !!bool maybe": "a value does not fit its kind",
    "a: !!int ''": "a value does not fit its kind",
    "a: !!timestamp x": "a value does not fit its kind",
    "a: !!python/name:os.system x": "could not determine a constructor",
}


@pytest.mark.parametrize(("text", "problem"), ENDLESS.items(), ids=range(len(ENDLESS)))
def test_what_would_not_end_or_is_no_value_is_refused(text: str, problem: str):
    with pytest.raises(SpecError, match=re.escape(problem)):
        read_yaml(text)


SHOP = """
shop: small
tables: {lines: {source: lines.csv, time: at, key: id}}
tasks: {a: PREDICT lines.y FOR EACH lines, b: {rows: lines, label: z}}
split: &same {valid: 2020-01-01, test: 2020-02-01}
"""


def test_a_setting_is_read_with_the_same_care():
    for value in ("{within: 1d, within: 2d}", "[" * 60 + "]" * 60):
        with pytest.raises(SpecError, match="Cannot read the value of the setting"):
            parse_spec(SHOP, overrides=(f"tasks.b={value}",))


def test_a_setting_changes_the_part_that_it_names_and_none_that_shares_it():
    text = SHOP.replace("{rows", "&b {rows") + "train: {}\n"
    text = text.replace("label: z}", "label: z}, c: *b")
    tasks = parse_spec(text, overrides=("tasks.c.label=w",)).tasks
    assert (tasks["b"].label, tasks["c"].label) == ("z", "w")
