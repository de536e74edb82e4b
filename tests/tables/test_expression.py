"""Expressions on a table say what Python says of each row, with the absent as the unknown."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from banian.errors import SpecError
from banian.tables import apply_expression

Row = dict[str, Any]
ROWS: list[Row] = [
    {"a": a, "b b": b, "s": s, "t": t}
    for a in (None, 0, 2, -3)
    for b in (None, 0.5, 2.0)
    for s in (None, "x", "it's")
    for t in (None, True, False)
]
BRIEF = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@dataclass
class Said:
    """An expression as text, and what it means."""

    text: str
    of: Callable[[Row], Any]


def known(function: Callable[..., Any], *parts: Said) -> Callable[[Row], Any]:
    """Apply a function where nothing is absent."""

    def of(row: Row) -> Any:
        values = [part.of(row) for part in parts]
        return None if None in values else function(*values)

    return of


def quotient(left: Fraction, right: Fraction) -> Fraction | None:
    return None if right == 0 else Fraction(left) / Fraction(right)


numbers = st.sampled_from(
    [
        Said("a", lambda row: row["a"]),
        Said('"b b"', lambda row: row["b b"]),
        Said("3", lambda row: 3),
        Said("0.25", lambda row: 0.25),
        Said("-2", lambda row: -2),
    ]
)
SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": quotient}
sums = st.recursive(
    numbers,
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(
        lambda p: Said(f"({p[0].text} {p[1]} {p[2].text})", known(SIGNS[p[1]], p[0], p[2]))
    ),
    max_leaves=4,
)
COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
}
comparisons = st.tuples(sums, st.sampled_from(list(COMPARE)), sums).map(
    lambda p: Said(f"{p[0].text} {p[1]} {p[2].text}", known(COMPARE[p[1]], p[0], p[2]))
)
TEXT = Said("s", lambda row: row["s"])
conditions = st.one_of(
    comparisons,
    sums.map(lambda part: Said(f"{part.text} IS NULL", lambda row: part.of(row) is None)),
    sums.map(lambda part: Said(f"{part.text} IS NOT NULL", lambda row: part.of(row) is not None)),
    st.sampled_from(
        [
            Said("t", lambda row: row["t"]),
            Said("t = TRUE", lambda row: row["t"]),
            Said("a IN (0, -3)", known(lambda a: a in (0, -3), Said("a", lambda row: row["a"]))),
            Said("s = 'x'", known(lambda s: s == "x", TEXT)),
            Said("s NOT IN ('x', 'y')", known(lambda s: s not in ("x", "y"), TEXT)),
            Said("s < 'k'", known(lambda s: s < "k", TEXT)),
        ]
    ),
)


def conjunction(parts: list[Said]) -> Said:
    def of(row: Row) -> bool | None:
        values = [part.of(row) for part in parts]
        return False if False in values else None if None in values else True

    return Said("(" + " AND ".join(part.text for part in parts) + ")", of)


def disjunction(parts: list[Said]) -> Said:
    def of(row: Row) -> bool | None:
        values = [part.of(row) for part in parts]
        return True if True in values else None if None in values else False

    return Said("(" + " OR ".join(part.text for part in parts) + ")", of)


truths = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(conjunction),
        st.lists(inner, min_size=2, max_size=3).map(disjunction),
        inner.map(lambda part: Said(f"NOT ({part.text})", known(operator.not_, part))),
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> ibis.expr.types.Table:
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    columns = {name: [row[name] for row in ROWS] for name in ROWS[0]}
    at = list(range(len(ROWS)))
    pq.write_table(pa.table(columns | {"row": at}), path)
    return ibis.duckdb.connect().read_parquet(path)


@BRIEF
@given(said=st.lists(st.one_of(truths, sums), min_size=10, max_size=10))
def test_an_expression_says_what_python_says(table: ibis.expr.types.Table, said: list[Said]):
    columns = {
        f"said {at}": apply_expression(part.text, table, where="here")
        for at, part in enumerate(said)
    }
    found = table.select("row", **columns).order_by("row").to_pyarrow().to_pylist()
    for at, part in enumerate(said):
        expected = [part.of(row) for row in ROWS]
        got = [row[f"said {at}"] for row in found]
        assert got == [
            value if value is None or isinstance(value, bool) else pytest.approx(float(value))
            for value in expected
        ], part.text


def test_an_expression_can_be_a_constant(table: ibis.expr.types.Table):
    assert table.filter(
        apply_expression("TRUE", table, where="x")
    ).count().to_pyarrow().as_py() == len(ROWS)
    assert (
        table.filter(apply_expression("1 > 2", table, where="x")).count().to_pyarrow().as_py() == 0
    )


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("aa > 1", "tasks.x.where: no column 'aa' in 'aa > 1'.", "Did you mean 'a'? There are: a,"),
        (
            "s > 1",
            "tasks.x.where: 's > 1' does not fit the types of its columns",
            "Compare numbers",
        ),
        ("s + 1 > 1", "tasks.x.where: 's + 1 > 1' does not fit the types", "Compare numbers with"),
        ("NOT s", "tasks.x.where: 'NOT s' does not fit the types", "Compare numbers with numbers"),
        ("a AND t", "tasks.x.where: 'a AND t' does not fit the types", "Compare numbers with"),
        ("s / 2", "tasks.x.where: 's / 2' does not fit the types", "Compare numbers with numbers"),
    ],
)
def test_what_does_not_fit_the_table_is_named(
    table: ibis.expr.types.Table, text: str, problem: str, remedy: str
):
    with pytest.raises(SpecError) as error:
        apply_expression(text, table, where="tasks.x.where")
    assert error.value.problem.startswith(problem)
    assert remedy in error.value.remedy
