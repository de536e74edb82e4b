"""Cutoffs step back and forth from the validation cutoff; labels mature after them."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banian.errors import LabelError, TableError
from banian.examples.build import training_cutoffs
from banian.examples.cutoff import MOST_CUTOFFS, lay_cutoffs
from banian.spec import TimeSplitSpec, parse_spec
from banian.tables import Database, read_database

DAY = timedelta(days=1)
START = datetime(2020, 1, 1)
SPLIT = TimeSplitSpec(valid="2020-03-01", test="2020-04-01")


def days(cutoffs: tuple[datetime, ...]) -> list[str]:
    return [at.isoformat(" ").removesuffix(" 00:00:00") for at in cutoffs]


def test_the_stride_is_a_third_of_the_shortest_horizon():
    laid = lay_cutoffs(SPLIT, (90 * DAY, 28 * DAY), START)
    assert days(laid) == [
        *("2020-01-31", "2020-02-10", "2020-02-20"),
        *("2020-03-01", "2020-03-11", "2020-03-21", "2020-03-31", "2020-04-01"),
    ]


def test_the_history_is_the_shortest_horizon_and_a_month_at_most():
    week, quarter = (lay_cutoffs(SPLIT, (length,), START) for length in (7 * DAY, 90 * DAY))
    assert days(week)[0] == "2020-01-10"  # the last step of 3 days that leaves 7
    assert days(quarter)[0] == "2020-01-31"  # one step of 30 days leaves exactly 30


def test_short_horizons_step_by_hours():
    split = TimeSplitSpec(valid="2020-01-02", test="2020-01-02T18:00:00", history="4h")
    laid = lay_cutoffs(split, (timedelta(hours=12),), START + timedelta(hours=12))
    assert days(laid)[:4] == [
        "2020-01-01 16:00:00",
        "2020-01-01 20:00:00",
        "2020-01-02",
        "2020-01-02 04:00:00",
    ]


def test_stride_and_history_can_be_said():
    split = TimeSplitSpec(valid="2020-03-01", test="2020-03-20", stride="1w", history="30d")
    laid = lay_cutoffs(split, (90 * DAY,), START)
    assert days(laid) == [
        *("2020-02-02", "2020-02-09", "2020-02-16", "2020-02-23", "2020-03-01"),
        *("2020-03-08", "2020-03-15", "2020-03-20"),
    ]


def test_without_enough_history_nothing_lies_before_validation():
    laid = lay_cutoffs(SPLIT, (90 * DAY,), datetime(2020, 2, 20))
    assert days(laid) == ["2020-03-01", "2020-03-31", "2020-04-01"]


def test_the_test_cutoff_is_not_laid_twice():
    split = TimeSplitSpec(valid="2020-03-01", test="2020-03-11", stride="10d")
    assert days(lay_cutoffs(split, (90 * DAY,), START))[-2:] == ["2020-03-01", "2020-03-11"]


@given(
    before=st.integers(-10, 400),
    after=st.integers(1, 400),
    stride=st.integers(1, 40),
    history=st.integers(1, 90),
)
def test_training_and_validation_both_have_cutoffs(
    before: int, after: int, stride: int, history: int
):
    valid = START + before * DAY
    split = TimeSplitSpec(
        valid=valid, test=valid + after * DAY, stride=stride * DAY, history=history * DAY
    )
    laid = lay_cutoffs(split, (7 * DAY,), START)
    assert list(laid) == sorted(set(laid))
    assert laid[-1] == split.test
    train = [at for at in laid if at < valid]
    select = [at for at in laid if valid <= at < split.test]
    assert valid in select
    assert len(train) <= MOST_CUTOFFS
    assert len(select) <= MOST_CUTOFFS
    assert bool(train) == (valid - stride * DAY >= START + history * DAY)
    assert all(at >= START + history * DAY for at in train)
    assert all((at - valid) % (stride * DAY) == timedelta(0) for at in laid[:-1])
    assert all(late - early == stride * DAY for early, late in pairwise(train))
    if after <= stride * MOST_CUTOFFS:
        assert len(select) == -(-after // stride)


def read(folder: Path, valid: str, test: str) -> Database:
    lines = [f"2020-01-{day:02d} 06:00,{day % 3},{day}" for day in range(1, 31)]
    (folder / "e.csv").write_text("at,who,n\n" + "\n".join(lines) + "\n")
    spec = parse_spec(
        "shop: s\ntables:\n  e: {source: e.csv, time: at, links: {who: w}}\n  w: {from: e, key: who}\n"
        "tasks:\n  a: {for_each: w, label: {aggregate: sum, of: e.n, within: 6d}}\n"
        "  b: {for_each: w, label: {aggregate: exists, of: e, within: 12d}}\n"
        "  c: {rows: e, label: n}\n"
        f"split: {{valid: {valid}, test: {test}}}\n"
    )
    return read_database(spec, folder)


def test_every_entity_grain_has_cutoffs_within_the_data(tmp_path: Path):
    laid = training_cutoffs(read(tmp_path, "2020-01-11", "2020-01-14"))
    assert laid.keys() == {"w"}
    assert days(laid["w"]) == [*("2020-01-09", "2020-01-11", "2020-01-13", "2020-01-14")]


def test_a_test_cutoff_after_which_no_label_is_known_is_an_error(tmp_path: Path):
    database = read(tmp_path, "2020-01-11", "2020-01-20")
    with pytest.raises(LabelError) as error:
        training_cutoffs(database)
    assert error.value.problem == (
        "tasks.b: no label is known from the test cutoff 2020-01-20 on: it reads e, complete up to "
        "2020-01-30T06:00:00."
    )
    assert error.value.remedy.startswith("Write split.test: 2020-01-18T06:00:00 or earlier, or")
    assert training_cutoffs(read(tmp_path, "2020-01-11", "2020-01-18T06:00:00"))


def test_all_tasks_without_a_test_label_are_named_and_valid_must_move_too(tmp_path: Path):
    with pytest.raises(LabelError) as error:
        training_cutoffs(read(tmp_path, "2020-01-25", "2020-02-01"))
    assert [line[:8] for line in error.value.problem.splitlines()] == [
        f"tasks.{name}:" for name in "abc"
    ]
    assert "with split.valid (2020-01-25) before it" in error.value.remedy


def test_data_that_begin_after_the_validation_cutoff_are_an_error(tmp_path: Path):
    with pytest.raises(TableError) as error:
        training_cutoffs(read(tmp_path, "2019-12-01", "2020-01-14"))
    assert error.value.problem == (
        "tasks about w: the data begin 2020-01-01 06:00:00, and split.valid is 2019-12-01 00:00:00."
    )
