"""Every tree has one text, and every text one tree."""

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from banian.spec.expression import parse_expression
from banian.spec.expression_text import format_expression, format_name
from banian.spec.node import (
    AllOf,
    AnyOf,
    Column,
    Compare,
    Constant,
    IsNull,
    Member,
    Node,
    Not,
    Operation,
    depth_of,
)

Shape = object
MANY = settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

names = st.text(max_size=8) | st.sampled_from(
    ["by", "For", "null", "ſame", "a.b", 'a"b', '"', "count", "größe", "two words", "1a", "_"]
)
finite = {"allow_nan": False, "allow_infinity": False}
constants = st.tuples(
    st.just(Constant),
    st.integers(0, 2**63 - 1) | st.floats(0, **finite) | st.text(max_size=8) | st.booleans(),
)
negatives = st.tuples(st.just(Constant), st.integers(-(2**63), -1) | st.floats(**finite))
leaves = st.tuples(st.just(Column), names) | constants


def larger(parts: st.SearchStrategy[Shape]) -> st.SearchStrategy[Shape]:
    """Draw trees one node taller than these."""
    arithmetic = st.sampled_from("+-*/")
    comparison = st.sampled_from(["<=", ">=", "!=", "==", "<", ">"])
    among = st.lists(constants | negatives, min_size=1, max_size=3)
    several = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(
        st.tuples(st.just(Operation), arithmetic, parts, parts),
        st.tuples(st.just(Operation), st.just("-"), st.just((Constant, 0)), parts),
        st.tuples(st.just(Compare), comparison, parts, parts),
        st.tuples(st.just(Member), parts, among),
        st.tuples(st.sampled_from([IsNull, Not]), parts),
        st.tuples(st.sampled_from([AllOf, AnyOf]), several),
    )


shapes = st.recursive(leaves, larger, max_leaves=12)


def plant(shape: Shape) -> Node:
    """Make the tree of a shape: a node's type and what it is made of."""
    if isinstance(shape, list):
        return tuple(map(plant, shape))
    return shape[0](*map(plant, shape[1:])) if isinstance(shape, tuple) else shape


@MANY
@given(shape=shapes)
def test_a_written_tree_is_read_back(shape: Shape):
    tree = plant(shape)
    read = parse_expression(format_expression(tree))
    assert read == tree
    assert repr(read) == repr(tree)  # 1, 1.0 and TRUE are equal to Python, not to a table


@MANY
@given(shape=shapes)
def test_a_written_expression_is_written_the_same_again(shape: Shape):
    text = format_expression(plant(shape))
    assert format_expression(parse_expression(text)) == text


SPELLINGS = {
    "a>1 and  b<>2": "a > 1 AND b != 2",
    "((a)) == 'x'": "a = 'x'",
    "not (a in (1,2))": "a NOT IN (1, 2)",
    "NOT a IS NULL": "a IS NOT NULL",
    "(a + b) - (c - d)": "a + b - (c - d)",
    "(a * b) / (c / d)": "a * b / (c / d)",
    "- (a + -b)": "-(a + -b)",
    "- -a": "-(-a)",
    "0 - a": "-a",
    "0.0 - a": "0.0 - a",
    "(a OR b) AND NOT (c AND d)": "(a OR b) AND NOT (c AND d)",
    "((a AND b)) AND c": "(a AND b) AND c",
    '"plain" > 1e3': "plain > 1000.0",
    "\"it\"\"s\" = 'it''s'": "\"it\"\"s\" = 'it''s'",
    "same IS NULL": '"same" IS NULL',
    "a = true": "a = TRUE",
}


@pytest.mark.parametrize(("text", "canonical"), SPELLINGS.items())
def test_an_expression_has_one_spelling(text: str, canonical: str):
    assert format_expression(parse_expression(text)) == canonical


@pytest.mark.parametrize("name", ["for", "EACH", "Null", "two words", "1a", "a.b", ""])
def test_a_name_that_could_be_misread_stands_in_quotes(name: str):
    assert format_name(name) == f'"{name}"'


@pytest.mark.parametrize("name", ["a", "_1", "größe", "count", "format", "商品"])
def test_other_names_stand_bare(name: str):
    assert format_name(name) == name


FAULTS = {
    "a > 9223372036854775808": "this whole number does not fit into 64 bits",
    "a IN (-9223372036854775809)": "this whole number does not fit into 64 bits",
    "a > " + "9" * 5000: "this whole number does not fit into 64 bits",
    "a > 1e999": "this number is too large",
    "NOT " * 3000 + "a": "this is nested more than 100 deep",
    "- " * 3000 + "a": "this is nested more than 100 deep",
    "(" * 3000 + "a" + " + 1) * 2" * 3000: "this is nested more than 100 deep",
    "a > 0 -- b": "cannot read this expression",
}


@pytest.mark.parametrize(("text", "problem"), FAULTS.items(), ids=range(len(FAULTS)))
def test_an_expression_that_no_engine_takes_is_refused(text: str, problem: str):
    with pytest.raises(ValueError, match=problem):
        parse_expression(text)


def test_what_just_fits_is_read():
    assert parse_expression("9223372036854775807") == Constant(2**63 - 1)
    parse_expression("a IN (-9223372036854775808)")
    assert depth_of(parse_expression("a" + " + a" * 99)) == 100
    assert parse_expression("(" * 3000 + "a" + ")" * 3000) == Column("a")
