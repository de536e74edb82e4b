"""What is written as JSON is JSON for every reader."""

import json

from hypothesis import given
from hypothesis import strategies as st

from banian.storage import strict_json

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
TREES = st.recursive(
    LEAVES, lambda part: st.lists(part) | st.dictionaries(st.text(), part), max_leaves=8
)


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@given(TREES, st.booleans())
def test_no_reader_meets_a_number_that_json_does_not_have(tree, only_ascii):
    text = strict_json(tree, only_ascii=only_ascii)
    there = json.loads(text, parse_constant=refuse)
    lenient = json.loads(json.dumps(tree), parse_constant=lambda _: None)
    assert there == lenient
    assert text.isascii() or not only_ascii
