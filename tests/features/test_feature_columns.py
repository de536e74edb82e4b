"""Features are the same whether they stand side by side or as columns of Arrow."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.features import EntityFeatures
from banian.features.feature_columns import FeatureColumns, NumberColumns


@st.composite
def columns(draw):
    """Draw features, and in how many parts they stand."""
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1))
    rows, parts = draw(st.integers(0, 5)), draw(st.integers(1, 3))
    numbers = st.lists(st.none() | st.floats(-9, 9), min_size=rows, max_size=rows)
    table = {name: pa.array(draw(numbers), pa.float64()) for name in sorted(names)}
    return names, rows, parts, table, draw(st.booleans())


def build(names, rows, parts, table, more):
    found = []
    for some in np.array_split(np.array(names), parts):
        values = np.array([table[name].to_numpy(zero_copy_only=False) for name in some])
        stacked = NumberColumns(tuple(some.tolist()), values.reshape(len(some), rows))
        found.append(FeatureColumns(rows, (stacked,)))
    texts = pa.table({"z": pa.array(["x", None, "y", "x", "z"][:rows], pa.string())})
    if more:
        texts = texts.append_column("y", pa.array([1.0, None, 3.0, 4.0, 5.0][:rows], pa.float64()))
    found.append(FeatureColumns(rows, (), texts))
    whole = pa.table({**table, **{name: texts[name] for name in sorted(texts.column_names)}})
    return FeatureColumns.join(found), whole


@settings(deadline=None, derandomize=True)
@given(columns(), st.data())
def test_parts_side_by_side_are_the_table(drawn, data):
    found, table = build(*drawn)
    assert found.to_arrow().equals(table)
    assert list(found.column_names) == table.column_names
    for name in table.column_names:
        assert found[name].combine_chunks().equals(table[name].combine_chunks())
    index = np.array(data.draw(st.lists(st.integers(0, max(len(table) - 1, 0)))), np.int64)
    if len(table):
        assert found.take(index).to_arrow().equals(table.take(pa.array(index)))
    assert found.slice(1, 2).to_arrow().equals(table.slice(1, 2))
    wanted = (*table.column_names[::-1], "none")
    places, values = found.numbers_among(wanted)
    numbers = [name for name in wanted if name in table.column_names and name != "z"]
    assert sorted(wanted[at] for at in places) == sorted(numbers)
    for at, row in zip(places.tolist(), values, strict=True):
        np.testing.assert_array_equal(row, table[wanted[at]].to_numpy())


def test_a_number_that_is_not_there_is_no_number():
    found = FeatureColumns(1, (NumberColumns(("a",), np.zeros((1, 1))),))
    assert found.floats(("a",)).tolist() == [[0.0]]
    with pytest.raises(KeyError, match="b"):
        found.floats(("a", "b"))


def test_rows_that_are_told_alike_are_selected_without_being_copied():
    once = FeatureColumns(2, (NumberColumns(("a",), np.array([[1.0, 2.0]])),))
    seen = EntityFeatures(
        np.array([True, False]), once, ids=pa.array(["x", None]), told=np.array([1, 0, 1, 1])
    )
    few = seen.take(np.array([3, 1])).slice(0, 2)
    assert few.columns is once
    assert few.each_present.tolist() == [False, True]
    whole = few.to_arrow()
    assert whole.columns.to_pydict() == {"a": [2.0, 1.0]}
    assert whole.ids.to_pylist() == [None, "x"]
    assert whole.told is None
