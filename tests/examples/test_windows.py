"""Where windows begin and end, told event by event."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from one_table import AT, DAY, at, build, spec_of

from banian.errors import LabelError, LeakageError, SpecError
from banian.spec import parse_spec


def test_windows_of_an_entity_end_with_the_cutoff_and_begin_after_their_length(tmp_path: Path):
    tick = timedelta(microseconds=1)
    ago = {-7 * DAY: 1, -7 * DAY + tick: 10, timedelta(0): 100, tick: 1000, 7 * DAY: 10_000}
    ago |= {7 * DAY + tick: 100_000, 9 * DAY: 0}
    lines = [f"{at(offset)},1,{n}" for offset, n in ago.items()]
    spec = spec_of("  t: {for_each: w, label: {aggregate: sum, of: e.n, within: 7d}}\n")
    rows = build(tmp_path, lines, spec)
    features = rows.entities["w"].columns
    assert features["e.count.7d"].to_pylist() == [2.0]
    assert features["e.n.max.all"].to_pylist() == [100.0]
    assert features["e.n.sum.all"].to_pylist() == [111.0]
    assert features["e.count.30d"].to_pylist() == [3.0]
    assert features["e.recency"].to_pylist() == pytest.approx([0.0], abs=1e-10)
    assert features["e.tenure"].to_pylist() == pytest.approx([7.0])
    assert rows.label.tolist() == [[11_000.0]]
    assert rows.level.tolist() == [[110.0]]
    assert rows.matured_at.tolist() == [[AT + 7 * DAY]]


def test_a_condition_sees_what_was_where_the_earliest_of_all_windows_begins(tmp_path: Path):
    """A month before the last of March is earlier than one before the evening of the thirtieth."""
    spec = parse_spec(
        "shop: s\n"
        "tables:\n"
        "  e: {source: e.csv, time: at, links: {who: w}}\n"
        "  v: {source: v.csv, time: at, links: {who: w}}\n"
        "  w: {from: e, key: who}\n"
        "tasks:\n"
        "  t: PREDICT e.n FOR EACH e WHERE EXISTS(v SAME who, -1mo, 0)\n"
        "split: {valid: 2020-03-31, test: 2020-04-30}\n"
    )
    (tmp_path / "v.csv").write_text("at,who\n2020-02-29 12:00,1\n2020-02-29 11:59,2\n")
    lines = [f"2020-03-{at},{who},1" for at in ("30 18:00", "31 12:00") for who in (1, 2)]
    rows = build(tmp_path, lines, spec)
    assert rows.cutoff.tolist() == [datetime(2020, 3, 31, 12)]
    assert rows.clusters.to_pylist() == ["1"]


def test_windows_of_a_row_end_before_it_and_do_not_see_its_twins(tmp_path: Path):
    tick = timedelta(microseconds=1)
    ago = [(-7 * DAY - tick, 1), (-7 * DAY, 10), (-tick, 100)]
    ago += [(timedelta(0), 1000)] * 3 + [(7 * DAY, 10_000), (7 * DAY + tick, 100_000)]
    lines = [f"{at(offset)},1,{n}" for offset, n in ago]
    spec = spec_of("  t: {rows: e, label: {aggregate: sum, of: e.n, within: 7d, same: [who]}}\n")
    rows = build(tmp_path, lines, spec)
    here = rows.cutoff == np.datetime64(AT)
    assert here.sum() == 3
    features = rows.entities["w"].columns.filter(here)
    assert features["e.count.7d"].to_pylist() == [2.0] * 3
    assert features["e.n.sum.all"].to_pylist() == [111.0] * 3
    assert rows.label[here].tolist() == [[10_000.0]] * 3
    assert rows.level[here].tolist() == [[110.0]] * 3


def test_a_label_is_known_as_soon_as_its_window_is_over(tmp_path: Path):
    spec = spec_of("  t: {for_each: w, label: {aggregate: count, of: e, within: 7d}}\n")
    over = build(tmp_path, [f"{at(-DAY)},1,1", f"{at(7 * DAY)},2,1"], spec)
    assert over.label.tolist() == [[0.0]]
    open_ = build(tmp_path, [f"{at(-DAY)},1,1", f"{at(7 * DAY - timedelta(seconds=1))},2,1"], spec)
    assert open_.mask.tolist() == [[False]]
    assert open_.matured_at.tolist() == [[AT + 7 * DAY]]


LATE = ", known_at: {bad: told}"
HEADER = "at,who,n,bad,told"


def test_a_label_waits_for_every_event_whose_truth_it_needs(tmp_path: Path):
    # One order turns out good after the window: until then it might have been bad.
    lines = [f"{at(-DAY)},1,1,true,{at(-DAY)}", f"{at(DAY)},1,1,false,{at(20 * DAY)}"]
    lines += [f"{at(-DAY)},2,1,true,{at(-DAY)}", f"{at(DAY)},2,1,true,{at(DAY)}"]
    lines += [f"{at(-DAY)},3,1,true,{at(-DAY)}", f"{at(DAY)},3,1,true,"]
    lines += [f"{at(30 * DAY)},9,1,true,{at(30 * DAY)}"]
    label = "{aggregate: exists, of: e, where: bad, within: 7d}"
    rows = build(
        tmp_path, lines, spec_of(f"  t: {{for_each: w, label: {label}}}\n", LATE), header=HEADER
    )
    assert rows.keys["who"].to_pylist() == [1, 2, 3]
    assert rows.label[:, 0].tolist() == [0.0, 1.0, 0.0]
    assert rows.matured_at[:, 0].tolist() == [AT + 20 * DAY, AT + 7 * DAY, AT + 7 * DAY]


def test_a_late_column_waits_until_it_is_known_and_never_describes_its_own_row(tmp_path: Path):
    lines = [f"{at(-9 * DAY)},1,1,true,{at(-DAY)}", f"{at(-8 * DAY)},1,1,true,"]
    lines += [
        f"{at(-8 * DAY)},1,1,true,{at(timedelta(0))}",
        f"{at(timedelta(0))},1,1,false,{at(-9 * DAY)}",
    ]
    rows = build(tmp_path, lines, spec_of("  t: {rows: e, label: n}\n", LATE), header=HEADER)
    last = rows.entities["w"].columns.slice(3)
    assert last["e.bad.mean.7d"].to_pylist() == [1.0]
    assert last["e.count.7d"].to_pylist() == [0.0]
    assert last["e.count.all"].to_pylist() == [3.0]
    assert "bad" not in rows.entities["e"].columns.column_names
    assert "n" not in rows.entities["e"].columns.column_names


def test_what_was_not_known_in_time_did_not_happen_and_was_not_measured(tmp_path: Path):
    lines = [f"{at(-9 * DAY)},1,5,true,{told}" for told in (at(-9 * DAY), at(-6 * DAY), "")]
    lines += [f"{at(-9 * DAY)},1,5,,{at(-9 * DAY)}", f"{at(9 * DAY)},1,5,,"]
    tasks = "  bad: {rows: e, label: bad, within: 2d}\n  n: {rows: e, label: n, within: 2d}\n"
    tasks += "  then: {rows: e, label: bad}\n"
    more = ", known_at: {bad: told, n: told}"
    rows = build(tmp_path, lines, spec_of(tasks, more), header=HEADER)
    order = np.argsort(rows.keys["row"].to_numpy())
    absent = -1.0
    found = np.nan_to_num(rows.label[order], nan=absent)
    assert found[:4, 0].tolist() == [1.0, 0.0, 0.0, absent]
    assert found[:4, 1].tolist() == [5.0, absent, absent, 5.0]
    assert found[:4, 2].tolist() == [1.0, 1.0, absent, absent]
    assert found[4].tolist() == [absent] * 3
    matured = rows.matured_at[order]
    assert matured[:4, 0].tolist() == [AT - 7 * DAY] * 4
    assert matured[1:3, 2].tolist() == [AT - 6 * DAY, None]


def test_history_is_asked_only_for_what_was_known(tmp_path: Path):
    lines = [f"{at(-2 * DAY)},1,5,true,{at(DAY)}", f"{at(-2 * DAY)},2,5,true,{at(timedelta(0))}"]
    lines += [f"{at(-2 * DAY)},3,5,true,", f"{at(9 * DAY)},9,5,true,"]
    bad = "{aggregate: exists, of: e, where: bad, within: 7d}"
    sum_ = "{aggregate: sum, of: e.bad, within: 7d}"
    tasks = (
        f"  t: {{for_each: w, label: {sum_}, where: {bad}}}\n  u: {{for_each: w, label: {sum_}}}\n"
    )
    rows = build(tmp_path, lines, spec_of(tasks, LATE), header=HEADER)
    assert rows.keys["who"].to_pylist() == [1, 2, 3]
    assert rows.asked.tolist() == [[False, True], [True, True], [False, True]]
    assert rows.level[:, 1].tolist() == [0.0, 1.0, 0.0]


def test_a_value_that_comes_again_as_its_window_ends_is_one_value(tmp_path: Path):
    lines = [f"{at(-33 * DAY)},1,a", f"{at(-3 * DAY)},1,a", f"{at(timedelta(0))},1,b"]
    lines += [f"{at(DAY)},1,b", f"{at(27 * DAY)},1,b", f"{at(28 * DAY)},1,b"]
    label = "{aggregate: count, of: e, within: 1d, same: [who]}"
    rows = build(tmp_path, lines, spec_of(f"  t: {{rows: e, label: {label}}}\n"))
    found = dict(zip(rows.cutoff.tolist(), range(len(rows)), strict=True))
    distinct = rows.entities["w"].columns["e.n.distinct.30d"].to_pylist()
    assert [distinct[found[AT + offset * DAY]] for offset in (-3, 0, 1, 27, 28)] == [1, 1, 2, 2, 1]


GIVEN = """
  seen: {for_each: w, label: {aggregate: exists, of: e, within: 2d}}
  large: {for_each: w, given: seen, label: {aggregate: sum, of: e.n, within: 1d, compare: '> 3'}}
  more: {for_each: w, given: large, label: {aggregate: count, of: e, within: 9d}}
"""


def test_a_label_exists_only_where_the_given_task_came_true(tmp_path: Path):
    lines = [f"{at(-DAY)},{who},1" for who in (1, 2, 3, 4)] + [f"{at(30 * DAY)},9,9"]
    lines += [f"{at(DAY)},1,1", f"{at(DAY)},2,7", f"{at(2 * DAY)},3,5"]
    rows = build(tmp_path, lines, spec_of(GIVEN))
    assert np.nan_to_num(rows.label, nan=-1).tolist() == [
        [1.0, 0.0, -1.0],
        [1.0, 1.0, 1.0],
        [1.0, 0.0, -1.0],
        [0.0, -1.0, -1.0],
    ]
    assert rows.matured_at[0].tolist() == [AT + 2 * DAY, AT + 2 * DAY, AT + 9 * DAY]


def test_a_chosen_task_brings_along_what_it_is_given(tmp_path: Path):
    lines = [f"{at(-DAY)},1,1", f"{at(DAY)},1,4", f"{at(30 * DAY)},9,9"]
    rows = build(tmp_path, lines, spec_of(GIVEN), tasks=("large",))
    assert rows.tasks == ("seen", "large")
    assert rows.label.tolist() == [[1.0, 1.0]]


def test_without_labels_everything_else_is_the_same(tmp_path: Path):
    lines = [f"{at(-DAY)},1,1", f"{at(DAY)},1,4", f"{at(30 * DAY)},9,9"]
    rows = build(tmp_path, lines, spec_of(GIVEN), labelled=False)
    full = build(tmp_path, lines, spec_of(GIVEN))
    assert not rows.mask.any()
    assert np.isnat(rows.matured_at).all()
    assert rows.entities["w"].columns.equals(full.entities["w"].columns)
    assert (rows.level == full.level).all()
    assert (rows.level != 0).any()


def test_only_what_is_yes_or_no_can_be_given(tmp_path: Path):
    lines = [f"{at(-DAY)},1,1", f"{at(DAY)},1,4", f"{at(30 * DAY)},9,9"]
    tasks = "  sum: {for_each: w, label: 'SUM(e.n, 0, 1d)'}\n"
    tasks += "  t: {for_each: w, given: sum, label: 'EXISTS(e, 0, 1d)'}\n"
    with pytest.raises(LabelError) as error:
        build(tmp_path, lines, spec_of(tasks))
    assert error.value.problem == (
        "tasks.t.given: 'sum' is not yes or no: its labels go from 4 to 4."
    )


def test_which_rows_are_asked_about_must_show_when_they_ask(tmp_path: Path):
    for where, more, tasks in (
        ("bad", LATE, ""),
        ("worse > 1", ", derive: {worse: n + 1}", "  other: {rows: e, label: n, within: 2d}\n"),
    ):
        spec = spec_of(f"{tasks}  t: {{rows: e, label: who2, where: {where}}}\n", more)
        with pytest.raises(LeakageError) as error:
            build(tmp_path, [f"{at(-DAY)},1,1,true,{at(-DAY)},1"], spec, header=f"{HEADER},who2")
        assert error.value.problem.startswith("tasks.t.where: '")
        assert error.value.problem.endswith("' becomes known only after its row.")


def test_a_sum_of_texts_that_look_like_numbers_is_told_how_to_have_them_read(tmp_path):
    lines = [f'{at(-day * DAY)},1,"{day},50"' for day in range(1, 9)]
    with pytest.raises(SpecError) as error:
        build(tmp_path, lines, spec_of("  t: PREDICT SUM(e.n, 0, 2d) FOR EACH w\n"))
    assert "SUM needs numbers, and 'n' holds text." in error.value.problem
    assert error.value.remedy.startswith(
        "'n' holds texts, for example '1,50', numbers with a decimal"
    )
    assert "write decimal: ',' in tables.e" in error.value.remedy
