"""Questions that do not fit the tables, tables without time, and what kind a label is."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from one_table import DAY, HEAD, at, build, spec_of

from banian.errors import LabelError, SpecError
from banian.examples import build_examples, infer_kind
from banian.spec import EntityTaskSpec, RowTaskSpec, parse_spec
from banian.spec.label import parse_label
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
        "label: 's + 1' does not fit the types of its columns (+ needs numbers, and one side is a text)."
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


KINDS = [
    ([0, 1, np.nan], None, "binary"),
    ([0, 2, 1], None, "count"),
    ([0.5, 2], None, "regression"),
    ([-1, 2], None, "regression"),
    ([0, 0, 0.5, 2], None, "amount"),
    ([3, 1, 5, 2, 4], None, "ordinal"),
    ([1, 2, 4], None, "count"),
    ([3, 1, 2], "regression", "regression"),
    ([0, 1], "amount", "amount"),
    ([0, 1], "count", "count"),
]


@pytest.mark.parametrize(("label", "said", "kind"), KINDS)
def test_the_kind_follows_from_the_labels_unless_it_is_said(
    label: list[float], said: str | None, kind: str
):
    task = RowTaskSpec(rows="e", label="n", kind=said)  # type: ignore[arg-type]
    assert infer_kind("t", task, np.array(label, float)) == kind


FORMS = {
    "EXISTS(e, 0, 1d)": "binary",
    "SUM(e.n, 0, 1d) > 1 OR EXISTS(e, 0, 1d)": "binary",
    "COUNT(e, 0, 1d)": "count",
    "LEAST(COUNT_DISTINCT(e.s, 0, 1d), 5)": "count",
    "SUM(e.n, 0, 1d)": "amount",
    "COUNT(e, 0, 1d) / 2": "amount",
    "GREATEST(SUM(e.n, 0, 1d), 0)": "amount",
    "AVG(e.n, 0, 1d)": "regression",
    "GREATEST(MAX(e.n, 0, 1d), 0.5)": "regression",
}


@pytest.mark.parametrize(("text", "kind"), FORMS.items())
def test_the_kind_of_a_window_follows_from_its_form(text: str, kind: str):
    task = EntityTaskSpec(for_each="w", label=text)
    assert infer_kind("t", task, np.array([0.0, 1.0, 1.0])) == kind


PLACES = pa.array(["home", "shop", "web"])


def test_names_and_lists_are_kinds_of_their_own():
    task = EntityTaskSpec(for_each="w", label="FIRST(e.s, 0, 1d)")
    assert infer_kind("t", task, np.array([0.0, 2.0]), classes=PLACES) == "multiclass"
    assert infer_kind("t", task, np.array([0.0, 2.0]), classes=PLACES, listed=True) == "ranking"
    with pytest.raises(LabelError, match="a label that is a text is multiclass, not count"):
        infer_kind("t", task.model_copy(update={"kind": "count"}), np.array([0.0]), classes=PLACES)


def test_a_treatment_makes_it_uplift_whatever_the_label():
    for label in ([0.0, 1.0], [0.5, 12.0]):
        task = RowTaskSpec(rows="e", label="n", treatment="arm", control="none")
        assert infer_kind("t", task, np.array(label), listed=True) == "uplift"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"kind": "ranking"}, "only a list can be ranked"),
        ({"metric": "auc"}, "count is judged by one of deviance, mae, rmse, not auc"),
        ({"tower": "gaussian"}, "count is learned by one of poisson, negative_binomial"),
    ],
)
def test_what_does_not_fit_the_kind_that_was_inferred_is_refused(said: dict, problem: str):
    task = RowTaskSpec(rows="e", label="n", **said)
    with pytest.raises(LabelError, match=f"tasks.t: {problem}") as error:
        infer_kind("t", task, np.array([0.0, 3.0]))
    assert error.value.remedy


@pytest.mark.parametrize(
    ("label", "said", "problem"),
    [
        ([np.nan], None, "tasks.t: not one label is known."),
        ([0, 2], "binary", "tasks.t: a binary label cannot be 0 to 2."),
        ([-1, 2], "count", "tasks.t: a count label cannot be -1 to 2."),
        ([0, 0.5], "binary", "tasks.t: a binary label cannot be 0 to 0.5."),
    ],
)
def test_labels_that_contradict_their_kind_are_an_error(
    label: list[float], said: str | None, problem: str
):
    task = RowTaskSpec(rows="e", label="n", kind=said)  # type: ignore[arg-type]
    with pytest.raises(LabelError) as error:
        infer_kind("t", task, np.array(label, float))
    assert error.value.problem == problem


REMEDIES = [
    ("n", "binary", [-1, 1], None, "Compare it, like n > 0."),
    ("n", "binary", [0, 3, 7], None, "Compare it, like n > 0."),
    ("n", "binary", [1, 2, 2], None, "Compare it, like n = 2."),
    ("n", "binary", [-2, -1], None, "Compare it, like n = -1."),
    ("n", "binary", [2, 3, 9, 9, 9], None, "Compare it, like n > 2."),
    ("n + 1", "binary", [0.25, 0.5, 1], None, "Compare it, like n + 1 > 0.5."),
    ("n", "count", [-1, 2.5], None, "Write AS regression, or leave AS out."),
    ("n", "count", [-1, 2], None, "If less than 0 is to count as 0, ask GREATEST(n, 0)."),
    ("n", "count", [0, 0, 0.5], None, "Write AS amount, or leave AS out."),
    ("n", "ordinal", [1, 2.5], None, "Write AS regression, or leave AS out."),
    (
        "n",
        "binary",
        [0, 1, 1],
        ["No", "Yes"],
        "Compare it, like n = 'Yes'. There are: 'No', 'Yes'.",
    ),
    ("n", "binary", [0, 0, 1], ["it's", "so"], "Compare it, like n = 'so'."),
    ("n", "amount", [0, 1, 1], ["1.5", "much"], "'much' is none."),
    ("n", "ordinal", [0, 1, 1], ["bad", "good"], "Write AS multiclass, or leave AS out."),
]


@pytest.mark.parametrize(("text", "said", "label", "names", "remedy"), REMEDIES)
def test_the_remedy_is_a_question_that_these_labels_can_answer(
    text: str, said: str, label: list[float], names: list[str] | None, remedy: str
):
    task = RowTaskSpec(rows="e", label=text, kind=said)  # type: ignore[arg-type]
    classes = None if names is None else pa.array(names)
    with pytest.raises(LabelError) as error:
        infer_kind("t", task, np.array(label, float), classes=classes)
    assert remedy in error.value.remedy
    if "like " in error.value.remedy:
        written = error.value.remedy.partition("like ")[2].split(". There")[0].removesuffix(".")
        compared = RowTaskSpec(rows="e", label=written, kind="binary")
        assert parse_label(compared.label).left == task.tree
    if "Write AS" in error.value.remedy and names is None:
        other = error.value.remedy.split()[2].rstrip(",")
        task = RowTaskSpec(rows="e", label=text, kind=other)  # type: ignore[arg-type]
        assert infer_kind("t", task, np.array(label, float)) == other


def test_a_list_that_was_to_be_something_else_is_asked_for_otherwise():
    asked = "LIST_DISTINCT(e.s, 0, 1d) RANK TOP 3"
    for said, other in (("binary", "EXISTS(e, 0, 1d)"), ("count", "COUNT_DISTINCT(e.s, 0, 1d)")):
        task = EntityTaskSpec(for_each="w", label=asked, kind=said)  # type: ignore[arg-type]
        with pytest.raises(LabelError, match="a list is ranking") as error:
            infer_kind("t", task, np.array([1.0]), classes=PLACES, listed=True)
        assert error.value.remedy.endswith(f"ask {other}.")
        assert EntityTaskSpec(for_each="w", label=other).label == other


@pytest.mark.parametrize(
    ("label", "said", "remedy"),
    [
        ([0, 1], {"metric": "mae"}, "AS count or AS amount or AS regression or AS ordinal."),
        ([0, 3], {"tower": "gaussian"}, "AS amount or AS regression."),
        ([0, 0.5], {"metric": "auc"}, "Leave it out."),
    ],
)
def test_a_metric_or_tower_that_fits_other_kinds_names_those_that_the_labels_allow(
    label: list[float], said: dict, remedy: str
):
    task = RowTaskSpec(rows="e", label="n", **said)
    with pytest.raises(LabelError) as error:
        infer_kind("t", task, np.array(label, float))
    assert error.value.remedy.endswith(remedy)
