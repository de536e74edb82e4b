"""Expressions are read as one reads them: * before +, comparison before AND, AND before OR."""

import pytest

from banian.spec.expression import parse_expression
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
    columns_of,
)

a, b, c = Column("a"), Column("b"), Column("c")


def is_more(column: Column, than: int) -> Compare:
    return Compare(">", column, Constant(than))


TREES: dict[str, Node] = {
    "a + b * c": Operation("+", a, Operation("*", b, c)),
    "(a + b) * c": Operation("*", Operation("+", a, b), c),
    "a - b - c": Operation("-", Operation("-", a, b), c),
    "a / b / c": Operation("/", Operation("/", a, b), c),
    "a * -b": Operation("*", a, Operation("-", Constant(0), b)),
    "a > 1 OR b > 1 AND c > 1": AnyOf((is_more(a, 1), AllOf((is_more(b, 1), is_more(c, 1))))),
    "(a > 1 OR b > 1) AND c > 1": AllOf((AnyOf((is_more(a, 1), is_more(b, 1))), is_more(c, 1))),
    "NOT a > 1 AND b > 1": AllOf((Not(is_more(a, 1)), is_more(b, 1))),
    "NOT NOT a": Not(Not(a)),
    "a and b Or NOT c": AnyOf((AllOf((a, b)), Not(c))),
    "a = 1": Compare("==", a, Constant(1)),
    "a <> 1": Compare("!=", a, Constant(1)),
    "a + 1 >= b * 2": Compare(">=", Operation("+", a, Constant(1)), Operation("*", b, Constant(2))),
    "a IN (1, -2, 2.5, 'x', TRUE)": Member(
        a, (Constant(1), Constant(-2), Constant(2.5), Constant("x"), Constant(True))
    ),
    "a NOT IN (1)": Not(Member(a, (Constant(1),))),
    "a IS NULL": IsNull(a),
    "a is not null": Not(IsNull(a)),
    "a = 'it is, \"well\"'": Compare("==", a, Constant('it is, "well"')),
    "a = ''": Compare("==", a, Constant("")),
    '"two words" > 1': is_more(Column("two words"), 1),
    '"AND" > 1': is_more(Column("AND"), 1),
    "größe > 1": is_more(Column("größe"), 1),
    "order > 1": is_more(Column("order"), 1),
    "android AND notes": AllOf((Column("android"), Column("notes"))),
    "inside IS NULL": IsNull(Column("inside")),
    "a>1e3": Compare(">", a, Constant(1000.0)),
    "9007199254740993": Constant(2**53 + 1),
    "  a\n +\tb ": Operation("+", a, b),
}


@pytest.mark.parametrize(("text", "tree"), TREES.items())
def test_an_expression_has_this_tree(text: str, tree: Node):
    assert parse_expression(text) == tree


def test_the_columns_of_an_expression_are_those_it_reads():
    text = "NOT (a + 1 > \"b c\" OR d IN (1) OR e IS NULL) AND f = 'g'"
    assert columns_of(parse_expression(text)) == {"a", "b c", "d", "e", "f"}
    assert columns_of(parse_expression("1 + 2 > 'x'")) == set()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a > > 1", 4),
        ("a >", 3),
        ("", 0),
        ("a + (b", 6),
        ("a ? b", 2),
        ("1a", 1),
        ("a IN ()", 6),
        ("a IN (b)", 6),
        ("a = 'x", 4),
        ('"a', 0),
        ("a b", 2),
        ("AND a", 4),
        ("a > 1 > 2", 6),
        ("a IS 1", 5),
    ],
)
def test_a_caret_points_at_what_cannot_be_read(text: str, at: int):
    with pytest.raises(ValueError, match="cannot read this expression") as error:
        parse_expression(text)
    assert str(error.value) == f"cannot read this expression:\n  {text}\n  {' ' * at}^"
