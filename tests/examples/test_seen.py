"""What an entity turned to before, against a loop over its events."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from keeping import kept
from one_table import DAY, at, build, spec_of

from banian.examples import Examples, GrainExamples

TASK = "  t: PREDICT LIST_DISTINCT(e.s WHERE n > 0, 0, 2d) RANK TOP 3 FOR EACH w\n"
EVENTS = [
    (-1, 1, "tea", 1),
    (-1.5, 1, "milk", 0),  # does not count
    (-3, 1, "tea", 1),
    (-7, 1, "milk", 1),
    (-8, 1, "salt", 1),
    (-9, 1, "rum", 1),
    (-33, 1, "gold", 1),  # too long ago
    (1, 1, "wine", 1),  # not yet
    (-1, 2, "salt", 1),
    (-20, 3, "", 1),
]


def lines() -> list[str]:
    return [f"{at(day * DAY)},{who},{n},{item}" for day, who, item, n in EVENTS]


def build_rows(folder: Path) -> GrainExamples:
    return build(folder, lines(), spec_of(TASK), header="at,who,n,s")


@pytest.fixture
def rows(tmp_path: Path) -> GrainExamples:
    return build_rows(tmp_path)


def expected() -> dict[int, list[dict[str, object]]]:
    found: dict[int, dict[str, int]] = {1: {}, 2: {}, 3: {}}
    for day, who, item, n in EVENTS:
        for span, longest in reversed(list(enumerate((2, 8, 32)))):
            if -longest < day < 0 and n > 0 and item:
                found[who][item] = min(span, found[who].get(item, span))
    return {
        who: [
            {"item": item, "span": span}
            for item, span in sorted(seen.items(), key=lambda one: (one[1], one[0]))
        ]
        for who, seen in found.items()
    }


def test_items_stand_in_the_narrowest_span_that_has_them_the_most_recent_first(rows):
    found = dict(zip(rows.keys["who"].to_pylist(), rows.seen["t"].to_pylist(), strict=True))
    assert found == expected()


def test_of_very_many_items_those_of_long_ago_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("banian.features.past_items.MOST_ITEMS", 2)
    rows = build_rows(tmp_path)
    first = rows.keys["who"].to_pylist().index(1)
    assert rows.seen["t"].to_pylist()[first] == expected()[1][:2]


def test_rows_to_be_predicted_have_seen_the_same(rows, tmp_path):
    again = build(tmp_path, lines(), spec_of(TASK), header="at,who,n,s", labelled=False)
    assert np.isnan(again.label).all()
    assert again.seen["t"].to_pylist() == rows.seen["t"].to_pylist()


def test_what_was_seen_is_kept_on_disk_and_taken_with_its_rows(rows):
    kept(Examples({"w": rows}))
    order = np.array([2, 0])
    taken = rows.take(order)
    assert taken.seen["t"].to_pylist() == [rows.seen["t"].to_pylist()[n] for n in order]
    assert rows.choose(()).seen == {}
    assert pa.types.is_list(rows.seen["t"].type)
