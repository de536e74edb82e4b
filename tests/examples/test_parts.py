"""Rows that are to be predicted come in parts that are together what the whole is; a slice is what a selection is."""

from dataclasses import fields
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from banian.examples import GrainExamples
from banian.examples.build import build_examples, build_parts
from banian.spec import parse_spec
from banian.tables import Database, gather_data, read_database

ROWS = 40
SPEC = """
shop: s
tables:
  visits: {time: at, links: {who: people}}
  people: {key: id}
tasks:
  likes: PREDICT visits.y FOR EACH visits
  often: PREDICT COUNT(visits, 0, 5d) FOR EACH people
  next: PREDICT LIST_DISTINCT(visits.what, 0, 5d) NEW RANK TOP 2 FOR EACH people
split: {valid: 2024-01-02, test: 2024-01-03}
"""
CUTOFFS = {"people": (datetime(2024, 1, 20),)}


@pytest.fixture(scope="module")
def database() -> Database:
    draw = np.random.default_rng(0)
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 40 * 24, ROWS), "h")
    visits = pd.DataFrame(
        {
            "at": at,
            "who": draw.integers(0, 9, ROWS),
            "what": draw.choice(["tea", "salt", "rum"], ROWS),
            "paid": draw.lognormal(size=ROWS).round(2),
            "y": draw.integers(0, 2, ROWS),
        }
    )
    people = pd.DataFrame({"id": range(9), "age": draw.integers(20, 60, 9)})
    return read_database(parse_spec(SPEC), gather_data({"visits": visits, "people": people}))


@pytest.fixture(scope="module")
def whole(database) -> dict[str, GrainExamples]:
    return dict(build_examples(database, CUTOFFS, labelled=False).grains)


@pytest.mark.parametrize("most", [7, ROWS])
def test_parts_are_together_the_whole(database, whole, most):
    parts: dict[str, list[GrainExamples]] = {}
    for part in build_parts(database, CUTOFFS, at_once=lambda _: most):
        parts.setdefault(part.grain, []).append(part)
    assert list(parts) == list(whole)
    for grain, found in parts.items():
        assert max(map(len, found)) <= most
        start = 0
        for part in found:
            expect_same(part, whole[grain].slice(start, len(part)))
            start += len(part)
        assert start == len(whole[grain])


def test_of_a_grain_without_rows_there_is_one_empty_part(database):
    late = datetime(2025, 1, 1)
    found = list(build_parts(database, CUTOFFS, since=late, tasks=("likes",), at_once=lambda _: 3))
    assert [(part.grain, len(part)) for part in found] == [("rows of visits", 0)]


@pytest.mark.parametrize(("start", "most"), [(0, 4), (3, 5), (7, 100), (4, 0)])
def test_a_slice_is_what_the_same_rows_selected_are(whole, start, most):
    for rows in whole.values():
        index = np.arange(len(rows))[start : start + most]
        expect_same(rows.slice(start, most), rows.take(index))


def expect_same(one: GrainExamples, other: GrainExamples) -> None:
    """Hold all that is told of rows against each other, but for the numbers of clusters."""
    for field in fields(GrainExamples):
        if field.name in ("cluster", "clusters", "entities", "seen", "had"):
            continue
        here, there = getattr(one, field.name), getattr(other, field.name)
        if isinstance(here, np.ndarray):
            np.testing.assert_array_equal(here, there)
        else:
            assert here == there, field.name
    for lists in ("seen", "had"):
        mine, others = getattr(one, lists), getattr(other, lists)
        assert {task: set_of(found) for task, found in mine.items()} == {
            task: set_of(found) for task, found in others.items()
        }
    assert one.entities.keys() == other.entities.keys()
    for name, seen in one.entities.items():
        np.testing.assert_array_equal(seen.present, other.entities[name].present)
        assert seen.columns == other.entities[name].columns
        assert seen.ids == other.entities[name].ids
        for path, events in seen.sequences.items():
            assert events.to_pydict() == other.entities[name].sequences[path].to_pydict()


def set_of(lists: pa.Array) -> list[object]:
    return [None if one is None else sorted(map(str, one)) for one in lists.to_pylist()]
