"""Questions that do not fit the tables, tables without time, and what kind a label is."""

from pathlib import Path

import numpy as np
import pytest
from one_table import DAY, HEAD, at, build, spec_of

from banian.errors import SpecError
from banian.examples.build import build_examples
from banian.spec import parse_spec
from banian.tables import read_database

FAULTS = {
    "{for_each: w, label: {aggregate: sum, of: e.m, within: 1d}}": "label: 'e' has no column 'm'.",
    "{for_each: w, label: {aggregate: sum, of: e.s, within: 1d}}": (
        "label: SUM needs numbers, and 's' holds text."
    ),
    "{for_each: w, label: {aggregate: max, of: e.at, within: 1d}}": (
        "label: MAX needs numbers, and 'at' holds time."
    ),
    "{for_each: w, label: {aggregate: count, of: e, where: m > 1, within: 1d}}": (
        "label: 'e' has no column 'm'."
    ),
    "{rows: e, label: {aggregate: count, of: e, within: 1d, same: [m]}}": (
        "label: SAME 'm' is no column of the asking row."
    ),
    "{rows: e, label: m}": "label: 'e' has no column 'm'.",
    "{rows: e, label: s + 1}": (
        "label: 's + 1' does not fit the types of its columns (+ needs numbers, and s is a text)."
    ),
    "{rows: e, label: n, where: m > 1}": "where: 'e' has no column 'm'.",
    "{rows: e, label: n, where: s}": "where: this is neither yes nor no.",
    "{for_each: w, label: 'SUM(e.s, 0, 1d)'}": "label: SUM needs numbers, and 's' holds text.",
    "{for_each: w, label: 'FIRST(e.at, 0, 1d)'}": "label: FIRST needs numbers, and 'at' holds time.",
    "{for_each: w, label: 'COUNT(e WHERE s, 0, 1d)'}": "label: WHERE inside COUNT is neither yes nor no.",
}


def test_a_question_that_does_not_fit_the_tables_is_named(tmp_path: Path):
    for task, problem in FAULTS.items():
        with pytest.raises(SpecError) as error:
            build(tmp_path, [f"{at(-DAY)},1,1,a"], spec_of(f"  t: {task}\n"), header="at,who,n,s")
        assert error.value.problem == f"tasks.t.{problem}"
        assert error.value.remedy


NAMES = (
    "key",
    "ask",
    "tick",
    "value",
    "cutoff",
    "since",
    "known",
    "count",
    "newest",
    "same",
    "own",
)
CLASHES = """
  key: {rows: e, label: {aggregate: sum, of: e.value, within: 1d, same: [key, ask]}}
  at:
    for_each: w
    label: {aggregate: sum, of: e.value, within: 1d}
    where: {aggregate: max, of: e.ask, within: 3d, compare: '= 1'}
"""


def test_columns_and_tasks_may_be_called_what_the_stages_call_theirs(tmp_path: Path):
    lines = [f"{at(-2 * DAY)},1," + ",".join(map(str, range(len(NAMES))))]
    lines += [f"{at(-DAY)},1" + "," * len(NAMES)]
    for chosen in ("key", "at"):
        header = f"at,who,{','.join(NAMES)}"
        rows = build(tmp_path, lines, spec_of(CLASHES), header=header, tasks=(chosen,))
        features = rows.entities["w"].columns
        for n, name in enumerate(NAMES):
            assert features[f"e.{name}.sum.all"].to_pylist()[-1] == float(n)
        assert features["e.count.all"].to_pylist()[-1] >= 1.0


def test_sums_beyond_64_bits_are_sums(tmp_path: Path):
    huge = 9 * 10**17
    lines = [f"{at(-n * DAY)},1,{huge + n}" for n in range(20)] + [f"{at(9 * DAY)},1,{huge}"]
    spec = spec_of("  t: {for_each: w, label: {aggregate: sum, of: e.n, within: 1d}}\n")
    features = build(tmp_path, lines, spec).entities["w"].columns
    assert features["e.n.sum.all"].to_pylist() == [float(20 * huge + 190)]
    assert features["e.n.mean.all"].to_pylist() == pytest.approx([huge])


def test_an_entity_of_a_static_table_has_always_been_there(tmp_path: Path):
    (tmp_path / "s.csv").write_text("who,n\n1,5\n2,5\n,5\n")
    spec = parse_spec(
        f"{HEAD}tables:\n  e: {{source: e.csv, time: at, links: {{who: w}}}}\n"
        "  s: {source: s.csv}\n  w: {from: s, key: who}\n"
        "tasks:\n  t: {for_each: w, label: {aggregate: count, of: e, within: 1d}}\n"
    )
    rows = build(tmp_path, [f"{at(DAY)},1,1", f"{at(DAY)},3,1"], spec)
    assert rows.keys["who"].to_pylist() == [1, 2]
    assert rows.label.tolist() == [[1.0], [0.0]]


def test_a_static_table_has_labels_without_time(tmp_path: Path):
    (tmp_path / "e.csv").write_text("who,n,s\n1,5,a\n2,,b\n")
    spec = parse_spec(
        "shop: s\nsplit: {by: id}\ntables:\n  e: {source: e.csv, key: who}\n"
        "tasks:\n  t: {rows: e, label: n}\n  u: {rows: e, label: n, where: s = 'b'}\n"
    )
    built = build_examples(read_database(spec, tmp_path), {})
    rows = built.grains["rows of e"]
    assert built.reach == {}
    assert built.grain_of("u") is rows
    assert np.isnat(rows.cutoff).all()
    assert np.nan_to_num(rows.label, nan=-1).tolist() == [[5.0, -1.0], [-1.0, -1.0]]
    assert rows.asked.tolist() == [[True, False], [True, True]]
    assert rows.entities["e"].columns.column_names == ["s"]
    assert (rows.matured_at == np.datetime64(0, "us")).all()
