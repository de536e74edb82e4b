"""Errors speak of the user's columns, never of those that the stages put beside them."""

import re
from pathlib import Path

import pytest
from one_table import DAY, at, build, spec_of

from banian.errors import BanianError

INTERNAL = re.compile(
    r"banian [a-z]|\bown [a-z]|\b(?:tick|value|known|ask|asks) \d|same_|held_|ibis|memtable"
)
LINES = [f"{at(day * DAY)},{day % 2},{day},a" for day in range(-3, 3)]
HUGE = "4000000000000000000"
ROW, ENTITY = "FOR EACH e", "FOR EACH w"
TASK = "  t: >-\n    PREDICT {} {}\n"
GOOD = TASK.format("e.n", ROW)
FAULTS = {
    "derive": (GOOD, ", derive: {x: amuont * 2}", "no column 'amuont' in 'amuont * 2'"),
    "derive ours": (GOOD, ", derive: {x: '\"banian row\" * 2'}", "no column 'banian row'"),
    "derive raw ours": (GOOD, ", derive: {x: '\"banian raw n\" * 2'}", "no column 'banian raw n'"),
    "derive types": (GOOD, ", derive: {x: s * n}", "* needs numbers, and s is a text"),
    "derive overflow": (GOOD, f", derive: {{x: n * {HUGE}}}", "cannot be computed"),
    "where": (GOOD, ", where: m > 1", "no column 'm' in 'm > 1'"),
    "where ours": (GOOD, ", where: '\"banian row\" > 1'", "no column 'banian row'"),
    "where types": (GOOD, ", where: at > n", "at is a time and n is a number"),
    "where overflow": (GOOD, f", where: n * {HUGE} + n > 7", "tables.e: "),
    "label": (TASK.format("e.m", ROW), "", "'e' has no column 'm'"),
    "label ours": (TASK.format('e."banian row"', ROW), "", "'e' has no column 'banian row'"),
    "label types": (TASK.format("e.n > e.s", ROW), "", "n is a number and s is a text"),
    "label among": (TASK.format("n IN ('a', 'b')", ROW), "", "n is a number and 'a' is a text"),
    "label overflow": (
        TASK.format(f"e.n * {HUGE}", ROW),
        "",
        "tasks.t.label: this cannot be computed",
    ),
    "history": (TASK.format("e.n", f"{ROW} WHERE e.m > 1"), "", "'e' has no column 'm'"),
    "history ours": (
        TASK.format("e.n", f'{ROW} WHERE "banian row" > COUNT(e SAME who, -1d, 0)'),
        "",
        "no column 'banian row'",
    ),
    "history overflow": (
        TASK.format("e.n", f"{ROW} WHERE e.n * {HUGE} + n > 7"),
        "",
        "tasks about rows of e: where: this cannot be computed",
    ),
    "same": (
        TASK.format("COUNT(e SAME whom, 0, 1d)", ROW),
        "",
        "SAME 'whom' is no column of the asking row",
    ),
    "same ours": (
        TASK.format('COUNT(e SAME "banian row", 0, 1d)', ROW),
        "",
        "'e' has no column 'banian row'",
    ),
    "filter": (TASK.format("COUNT(e WHERE m > 1, 0, 1d)", ENTITY), "", "'e' has no column 'm'"),
    "filter types": (TASK.format("COUNT(e WHERE s > 1, 0, 1d)", ENTITY), "", "s is a text and 1"),
    "filter overflow": (
        TASK.format(f"COUNT(e WHERE n * {HUGE} > 1, 0, 1d)", ENTITY),
        "",
        "tasks.t.label: this cannot be computed",
    ),
    "aggregate": (
        TASK.format("SUM(e.s, 0, 1d)", ENTITY),
        "",
        "SUM needs numbers, and 's' holds text",
    ),
    "treatment": (TASK.format("e.n", f"{ROW} UPLIFT arm OVER 'a'"), "", "no column 'arm'"),
    "treatment ours": (
        TASK.format("e.n", f"{ROW} UPLIFT \"banian row\" OVER 'a'"),
        "",
        "no column 'banian row'",
    ),
    "query": (
        TASK.format("SQL('SELECT who AS key, m AS value FROM e', 0, 1d)", ENTITY),
        "",
        "the query fails",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_an_error_names_no_column_of_ours(case: str, tmp_path: Path):
    task, more, problem = FAULTS[case]
    with pytest.raises(BanianError) as error:
        build(tmp_path, LINES, spec_of(task, more), header="at,who,n,s")
    assert problem in error.value.problem
    said = str(error.value)
    if case.endswith("ours"):  # here the user wrote such a name
        said = said.replace("'banian row'", "").replace('"banian row"', "")
        said = said.replace("banian raw n", "")
    assert not INTERNAL.search(said), said
