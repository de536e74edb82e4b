"""A column of the user's that is called like a feature never takes its place, nor gives it up, in silence."""

from pathlib import Path

import pytest
from one_table import AT, DAY, HEAD, at

from banian.errors import SpecError
from banian.examples.build import build_examples
from banian.spec import parse_spec
from banian.tables import read_database

SPEC = """\
tables:
  e: {source: e.csv, time: at, links: {who: w}}
  w: {source: w.csv, key: who}
  TABLE: {source: t.csv, time: at, links: {who: w}}
tasks:
  soon: PREDICT EXISTS(e, 0, 7d) FOR EACH w
  next: PREDICT COUNT(e SAME who, 0, 7d) FOR EACH e
"""


def build(
    folder: Path,
    *,
    own: str = "x",
    of_entity: str = "x",
    table: str = "t",
    other: str = "y",
    tasks: tuple[str, ...] | None = None,
):
    times = [at(day * DAY) for day in range(-30, 1, 3)]
    lines = [f"{when},a,{n},{n}" for n, when in enumerate(times)]
    (folder / "e.csv").write_text("\n".join([f"at,who,n,{own}", *lines]) + "\n")
    (folder / "w.csv").write_text(f"who,{of_entity}\na,1\n")
    lines = [f"{when},a,{n}" for n, when in enumerate(times)]
    (folder / "t.csv").write_text("\n".join([f"at,who,{other}", *lines]) + "\n")
    spec = parse_spec(HEAD + SPEC.replace("TABLE", table))
    return build_examples(read_database(spec, folder), {"w": (AT,)}, tasks=tasks)


def test_other_names_with_dots_are_as_good_as_any(tmp_path: Path):
    built = build(tmp_path, own="time.minute", of_entity="e.count.5d", other="z.recency")
    rows = built.grains["rows of e"]
    assert {"time.hour", "time.minute"} <= set(rows.entities["e"].columns.column_names)
    assert {"e.count.5d", "e.count.7d"} <= set(rows.entities["w"].columns.column_names)


@pytest.mark.parametrize(
    ("names", "twin"),
    [
        ({"own": "time.hour"}, "time.hour"),
        ({"own": "n.relative.who"}, "n.relative.who"),
        ({"own": "gap.days"}, "gap.days"),
        ({"of_entity": "e.count.30d"}, "e.count.30d"),
        ({"of_entity": "E.N.Mean.All"}, "e.n.mean.all"),
        ({"own": "z.m", "table": "e.z", "other": "m"}, "e.z.m."),
    ],
)
def test_a_column_called_like_a_feature_is_refused_by_name(tmp_path: Path, names, twin):
    with pytest.raises(SpecError) as error:
        build(
            tmp_path, tasks=("next" if "relative" in twin or "time" in twin else "soon",), **names
        )
    assert f"two features are called '{twin}" in error.value.problem.lower()
    assert "Rename" in error.value.remedy
