"""Lists of what is new, against a loop over all events."""

import random
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from keeping import kept
from one_table import DAY, at, build, spec_of

from banian.batches import had_before
from banian.examples import Examples, GrainExamples
from banian.spec import ShopSpec

ITEMS = ["tea", "milk", "salt", "rum", "gold"]
HOUR = timedelta(hours=1)


def events(seed: int) -> list[tuple[timedelta, int, int, str]]:
    draw = random.Random(seed)
    found = [
        (draw.randrange(-400 * 24, 72) * HOUR, draw.randrange(12), draw.randrange(3), item)
        for item in ITEMS
        for _ in range(18)
    ]
    return [*found, (-30_000 * DAY, 3, 2, "tea"), (-DAY, 4, 2, ""), (4 * DAY, 0, 0, "end")]


def lines(found: list[tuple[timedelta, int, int, str]]) -> list[str]:
    return [f"{at(when)},{who},{n},{item}" for when, who, n, item in found]


def spec(more: str = "", delay: str = "") -> ShopSpec:
    task = f"  t: PREDICT LIST_DISTINCT(e.s{more}, 0, 2d) NEW RANK TOP 3 FOR EACH w\n"
    return spec_of(task, f", known_at: {{s: {delay}}}" if delay else "")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("more", "least"), [("", 0), (" WHERE n > 0", 1)])
@pytest.mark.parametrize("delay", ["", "36h"])
def test_what_the_entity_ever_had_as_far_as_was_known_is_in_no_list(
    seed: int, more: str, least: int, delay: str, tmp_path: Path
):
    found = events(seed)
    rows = build(tmp_path, lines(found), spec(more, delay), header="at,who,n,s")
    late = timedelta(hours=36) if delay else timedelta(0)
    told = rows.items["t"].to_pylist()
    names = rows.classes["t"].to_pylist()
    for place, who in enumerate(rows.keys["who"].to_pylist()):
        mine = [(when, item) for when, w, n, item in found if (w, n >= least) == (who, True)]
        had = {item for when, item in mine if when + late <= timedelta(0) and item}
        next_ = {item for when, item in mine if timedelta(0) < when <= 2 * DAY and item}
        assert set(rows.had["t"][place].as_py()) == had
        if told[place] is not None:
            assert {names[code] for code in told[place]} == next_ - had
            assert rows.label[place, 0] == len(next_ - had)
    assert any(value is not None for value in told)


def test_rows_of_a_table_have_a_past_of_their_own(tmp_path: Path):
    found = [(day * DAY, 1, 1, item) for day, item in enumerate(["tea", "rum", "tea", "salt"], -3)]
    task = "  t: PREDICT LIST_DISTINCT(e.s SAME who, 0, 2d) NEW RANK TOP 3 FOR EACH e\n"
    rows = build(
        tmp_path, lines([*found, (9 * DAY, 2, 1, "x")]), spec_of(task), header="at,who,n,s"
    )
    names = rows.classes["t"].to_pylist()
    told = [[names[code] for code in codes] for codes in rows.items["t"].to_pylist()[:4]]
    # A row does not see itself, so that what stands in it is new to it.
    assert [sorted(had) for had in rows.had["t"].to_pylist()[:4]] == [
        [],
        ["tea"],
        ["rum", "tea"],
        ["rum", "tea"],
    ]
    assert told == [["rum", "tea"], ["salt"], ["salt"], []]


@pytest.fixture
def rows(tmp_path: Path) -> GrainExamples:
    return build(tmp_path, lines(events(0)), spec(), header="at,who,n,s")


def test_rows_to_be_predicted_had_the_same(rows: GrainExamples, tmp_path: Path):
    again = build(tmp_path, lines(events(0)), spec(), header="at,who,n,s", labelled=False)
    assert np.isnan(again.label).all()
    assert again.had["t"].to_pylist() == rows.had["t"].to_pylist()


def test_what_was_had_is_kept_on_disk_and_taken_with_its_rows(rows: GrainExamples):
    kept(Examples({"w": rows}))
    taken = rows.take(np.array([2, 0]))
    assert taken.had["t"].to_pylist() == [rows.had["t"].to_pylist()[n] for n in (2, 0)]
    assert rows.choose(()).had == {}


def test_what_was_had_gets_the_numbers_of_the_known_items(rows: GrainExamples):
    codes = had_before(rows, "t")
    names = rows.classes["t"].to_pylist()
    for place, had in enumerate(rows.had["t"].to_pylist()):
        assert [names[code] for code in codes[place] if code >= 0] == [x for x in had if x in names]
