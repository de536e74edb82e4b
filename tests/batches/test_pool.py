import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.batches.pool import Pool, pool_events


def lists_of(seed: int, rows: int, events: int) -> tuple[pa.Table, np.ndarray]:
    """Random lists that overlap in memory, some of them empty, and the age of each newest event."""
    generator = np.random.default_rng(seed)
    start = generator.integers(0, max(events, 1), rows).astype(np.int32)
    size = np.minimum(generator.integers(0, 7, rows), events - start).astype(np.int32)
    gaps = generator.exponential(3, events).round(4)
    columns = {
        "lines.amount": pa.array(generator.random(events)),
        "lines.item": pa.array(generator.choice(["tea", "salt"], events)).dictionary_encode(),
        "lines.gap.days": pa.array(gaps, mask=generator.random(events) < 0.2),
    }
    offsets, sizes = pa.array(start), pa.array(size)
    lists = {n: pa.ListViewArray.from_arrays(offsets, sizes, v) for n, v in columns.items()}
    return pa.table(lists), generator.random(rows) * 50


def shown(pool: Pool, name: str) -> list[list[object]]:
    values = pool.columns[name].to_pylist()
    pairs = zip(pool.first, pool.count, strict=True)
    return [values[first : first + count] for first, count in pairs]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 12), st.integers(0, 15), st.integers(1, 8))
def test_every_row_sees_its_newest_events_and_their_ages(seed, rows, events, length):
    lists, recency = lists_of(seed, rows, events)
    pool = pool_events(lists, recency, length)
    for name in ("lines.amount", "lines.item"):
        assert shown(pool, name) == [row[:length] for row in lists[name].to_pylist()]
    for row, gaps in enumerate(lists["lines.gap.days"].to_pylist()):
        ages, age = np.zeros(length), recency[row]
        for step, gap in enumerate(gaps[:length]):
            ages[step] = age
            age += gap or 0.0
        np.testing.assert_allclose(pool.age[row], ages, rtol=0, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_an_event_is_held_once_and_none_that_nobody_sees(seed):
    lists, recency = lists_of(seed, 9, 30)
    unique = lists.set_column(
        0,
        "lines.amount",
        pa.ListViewArray.from_arrays(
            lists[0].chunk(0).offsets, lists[0].chunk(0).sizes, pa.array(np.arange(30.0))
        ),
    )
    pool = pool_events(unique, recency, 4)
    seen = {event for row in unique["lines.amount"].to_pylist() for event in row[:4]}
    assert sorted(pool.columns["lines.amount"].to_pylist()) == sorted(seen)


def test_rows_of_several_chunks_and_chosen_rows_see_the_same_events():
    lists, recency = lists_of(3, 12, 20)
    whole = pool_events(lists, recency, 5)
    chunked = pa.concat_tables([lists.slice(0, 5), lists.slice(5)])
    chosen = np.array([7, 1, 1])
    for table, at in ((chunked, np.arange(12)), (lists.take(chosen), chosen)):
        part = pool_events(table, recency[at], 5)
        assert shown(part, "lines.item") == [shown(whole, "lines.item")[row] for row in at]
        np.testing.assert_array_equal(part.age, whole.age[at])


def test_events_of_which_only_the_time_is_known_have_ages():
    lists, recency = lists_of(0, 6, 10)
    pool = pool_events(lists.select(["lines.gap.days"]), recency, 3)
    np.testing.assert_array_equal(pool.age, pool_events(lists, recency, 3).age)
    assert pool.columns.column_names == []


@pytest.mark.parametrize("rows", [0, 3])
def test_no_events_at_all_are_empty_histories(rows):
    empty = pa.ListViewArray.from_arrays(
        pa.array([0] * rows, pa.int32()),
        pa.array([0] * rows, pa.int32()),
        pa.array([], pa.float64()),
    )
    pool = pool_events(pa.table({"x.amount": empty}), np.zeros(rows), 4)
    assert pool.count.tolist() == [0] * rows
    assert pool.age.shape == (rows, 4)
    assert len(pool.columns) == 0
