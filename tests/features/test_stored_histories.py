"""Asks that segments answer which hold columns in different ways are split; together they stay all asks, each once."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.features.stored_histories import split_alike
from banian.features.stored_rows import RowsWriter, StoredRows
from banian.features.stored_track import StoredTrack


@pytest.fixture(scope="module")
def segments(tmp_path_factory):
    """Give three, of which the last holds prices in cents."""
    folder = tmp_path_factory.mktemp("rows") / "rows"
    writer = RowsWriter(folder)
    writer.add(pa.array(["a"]), np.zeros(1, np.int64), {})
    writer.close()
    return [
        StoredTrack(StoredRows(folder), [{"name": "price", "kind": "number", "unit": unit}])
        for unit in (1.0, 1.0, 100.0)
    ]


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    answers=st.integers(1, 9).flatmap(
        lambda asks: st.lists(
            st.lists(st.integers(0, 2), min_size=asks, max_size=asks), min_size=1, max_size=3
        )
    )
)
def test_who_is_answered_alike_stays_together(segments, answers):
    asks = len(answers[0])
    answering = [
        [(segments[s], np.flatnonzero(np.array(track) == s)) for s in sorted(set(track))]
        for track in answers
    ]
    found = list(split_alike(answering, asks))
    assert sorted(np.concatenate([some for some, _ in found]).tolist()) == list(range(asks))
    units = [{one.columns for one, _ in parts} for _, held in found for parts in held]
    assert all(len(one) == 1 for one in units)
    assert len(found) == len({tuple(s == 2 for s in one) for one in zip(*answers, strict=True)})
    for some, held in found:
        for track, parts in zip(answers, held, strict=True):
            told = {int(some[at]): part for part, here in parts for at in here}
            assert told == {ask: segments[track[ask]] for ask in some.tolist()}
