"""Tables in memory are read as files are: the same rows, whatever holds them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from found import Found
from hypothesis import given
from hypothesis import strategies as st

from banian.errors import BanianError, TableError
from banian.spec import parse_spec
from banian.tables import gather_data, read_database, sum_sources

SPEC = "shop: s\ntables:\n  events: {DECLARED}\ntasks:\n  t: {rows: events, label: y}\nsplit: {by: id}\n"
ROWS = {"id": ["a", "b", "c"], "y": [1, 0, 1], "x": [0.5, None, 2.25]}


def read(frame, declared="key: id") -> Found:
    spec = parse_spec(SPEC.replace("DECLARED", declared))
    return Found(read_database(spec, gather_data({"events": frame})))


class Stream:
    """What Polars is to others: it gives a stream of Arrow, once or as often as asked."""

    def __init__(self, table: pa.Table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


class Interchange:
    """What speaks the dataframe interchange protocol alone."""

    def __init__(self, table: pa.Table):
        self._table = table

    def __dataframe__(self, nan_as_null=False, allow_copy=True):
        return self._table.__dataframe__(nan_as_null, allow_copy)


HOLDERS = {
    "pandas": lambda t: t.to_pandas(),
    "pandas of Arrow": lambda t: t.to_pandas(types_mapper=pd.ArrowDtype),
    "Arrow": lambda t: t,
    "batch": lambda t: t.combine_chunks().to_batches()[0],
    "reader": lambda t: t.to_reader(),
    "stream": Stream,
    "interchange": Interchange,
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_whatever_holds_the_rows_they_are_those_of_a_parquet_file(holder, tmp_path):
    table = pa.table(ROWS | {"at": [datetime(2024, 1, day) for day in (1, 2, 3)]})
    pq.write_table(table, tmp_path / "events.parquet")
    spec = parse_spec(SPEC.replace("DECLARED", "source: events.parquet, key: id, time: at"))
    there, here = (
        Found(read_database(spec, tmp_path)),
        read(HOLDERS[holder](table), "key: id, time: at"),
    )
    assert here.kinds() == there.kinds()
    for name in table.column_names:
        assert here.column(name) == there.column(name)


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.integers(-(2**70), 2**70),
            st.floats(),
            st.text(max_size=3),
            st.booleans(),
            st.binary(max_size=3),
            st.dates(),
            st.lists(st.integers(), max_size=2),
        ),
        min_size=3,
        max_size=6,
    )
)
def test_whatever_stands_in_a_column_of_objects_it_is_read_or_refused_by_name(values):
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    rows = gather_data({"events": frame})["events"]
    assert len(rows) == len(values)
    absent = [value is None or (isinstance(value, float) and np.isnan(value)) for value in values]
    assert rows["x"].is_null().to_pylist() == absent


def test_a_column_that_mixes_types_is_the_text_that_a_csv_would_hold():
    found = read(pd.DataFrame(ROWS | {"x": [7.0, "A7", None]}))
    assert found.kinds()["x"] == "text"
    assert found.column("x") == ["7", "A7", None]


def test_types_of_pandas_own_are_read():
    frame = pd.DataFrame(ROWS).assign(
        kind=pd.Categorical(["u", "v", None]),
        whole=pd.array([1, None, 3], "Int64"),
        truth=pd.array([True, None, False], "boolean"),
        month=pd.period_range("2024-01", periods=3, freq="M"),
        took=[timedelta(seconds=90), timedelta(0), None],
        price=[Decimal("1.50"), None, Decimal("2.25")],
        born=[date(1990, 1, 2), None, date(1991, 1, 2)],
        at=pd.to_datetime(["2024-01-01T01:00", "2024-07-01T01:00", "2024-01-03T00:00"]).tz_localize(
            "Europe/Berlin"
        ),
    )
    found = read(frame, "key: id, time: at")
    assert found.column("kind") == ["u", "v", None]
    assert found.column("whole") == [1, None, 3]
    assert found.column("truth") == [True, None, False]
    assert found.column("month") == ["2024-01", "2024-02", "2024-03"]
    assert found.column("took")[:2] == [90, 0]
    assert found.column("price") == [Decimal("1.50"), None, Decimal("2.25")]
    assert found.column("at")[:2] == [datetime(2024, 1, 1), datetime(2024, 6, 30, 23)]


def test_types_of_arrow_that_engines_lack_are_read():
    table = pa.table(
        {
            "id": pa.array(["a", "b"], pa.large_string()),
            "y": pa.array([1, 0], pa.float16()),
            "view": pa.array(["p", None], pa.string_view()),
            "code": pa.array(["p", "q"]).dictionary_encode(),
            "nano": pa.array([1_704_067_200_000_000_001, None], pa.timestamp("ns")),
            "none": pa.nulls(2),
            "day": pa.array([date(2024, 1, 1), None], pa.date64()),
            "blob": pa.array([b"\x00A", None], pa.large_binary()),
        }
    )
    found = read(table)
    assert found.column("code") == ["p", "q"]
    assert found.column("view") == ["p", None]
    assert found.column("blob") == ["0041", None]
    assert found.column("none") == [None, None]
    assert found.column("nano") == [datetime(2024, 1, 1), None]


def test_a_named_index_is_a_column_and_one_without_a_name_is_none():
    frame = pd.DataFrame(ROWS)
    assert read(frame.set_index("id")).column("id") == ROWS["id"]
    plain = read(frame.set_index(pd.Index([7, 8, 9])))
    assert sorted(plain.kinds()) == ["id", "x", "y"]


def test_an_index_never_hides_a_column_of_its_name():
    frame = pd.DataFrame(ROWS)
    frame.index = pd.Index([7, 8, 9], name="id")
    assert read(frame).column("id") == ROWS["id"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([1, 2], r"data\['events'\]: a list is no table"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "have one name"),
        (pd.DataFrame([[1, 2]], columns=["x", "X"]), "differ only in case"),
        (
            pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
            "several levels",
        ),
        (pd.DataFrame([[1, 2]], columns=["", "y"]), "no name"),
    ],
)
def test_what_is_no_table_is_refused_with_its_name(wrong, message):
    with pytest.raises(TableError, match=message):
        read(wrong)


def test_a_lazy_frame_is_told_to_be_collected():
    class Lazy:
        def collect(self): ...

    with pytest.raises(TableError) as caught:
        read(Lazy())
    assert "Collect it first" in caught.value.problem


def test_a_table_without_source_and_frame_says_how_to_give_one(tmp_path):
    spec = parse_spec(SPEC.replace("DECLARED", "key: id"))
    with pytest.raises(TableError, match="there is no source") as caught:
        read_database(spec, tmp_path)
    assert "data={'events': frame}" in caught.value.remedy
    with pytest.raises(TableError, match="no such table from outside") as caught:
        read_database(spec, gather_data({"evnts": pd.DataFrame(ROWS)}))
    assert "Did you mean 'events'?" in caught.value.remedy
    with pytest.raises(TableError, match="data is a DataFrame"):
        gather_data(pd.DataFrame(ROWS))


def test_files_and_frames_may_be_mixed(tmp_path, monkeypatch):
    pd.DataFrame(ROWS).to_csv(tmp_path / "new.csv", index=False)
    spec = parse_spec(SPEC.replace("DECLARED", "key: id, source: old.csv"))
    found = Found(read_database(spec, gather_data({"events": tmp_path / "new.csv"})))
    assert found.column("y") == ROWS["y"]
    with pytest.raises(TableError, match="cannot read"):
        read_database(spec, gather_data({"events": "frame.pickle"}))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.csv").rename(tmp_path / "old.csv")
    assert Found(read_database(spec, gather_data({}))).column("y") == ROWS["y"]


def test_the_sum_of_a_frame_sees_every_value_and_nothing_else():
    spec = parse_spec(SPEC.replace("DECLARED", "key: id"))

    def total(frame) -> str:
        return sum_sources(spec, gather_data({"events": frame}))["events"]

    frame = pd.DataFrame(ROWS)
    assert total(frame) == total(frame.copy()) == total(pa.Table.from_pandas(frame))
    chunked = pa.concat_tables([pa.table(ROWS).slice(0, 1), pa.table(ROWS).slice(1)])
    assert total(chunked) == total(pa.table(ROWS))
    others = [frame.assign(y=[1, 0, 0]), frame.rename(columns={"x": "z"}), frame.iloc[::-1]]
    assert len({total(frame), *map(total, others)}) == 4


def test_times_with_and_without_a_zone_are_the_same_instants():
    at = [datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC), None]
    frame = pd.DataFrame(ROWS | {"at": at}).iloc[:2]
    assert read(frame, "key: id, time: at").column("at") == [
        datetime(2024, 1, 1),
        datetime(2024, 1, 2),
    ]


def test_errors_name_what_was_given_and_not_the_source_of_the_spec(tmp_path):
    declared = (
        "shop: s\ntables:\n  t: {source: spec.csv, time: at}\ntasks:\n  q: {rows: t, label: y}\n"
    )
    spec = parse_spec(declared + "split: {valid: 2025-01-01, test: 2025-02-01}\n")
    frame = pa.table({"when": ["2025-01-01"], "y": [1]})
    with pytest.raises(BanianError, match="the frame given has no column 'at'"):
        read_database(spec, {"t": frame})
    path = tmp_path / "given.csv"
    path.write_text("when,y\n2025-01-01,1\n")
    with pytest.raises(BanianError, match=r"given\.csv has no column 'at'"):
        read_database(spec, {"t": path})
    there = read_database(spec, {"t": frame.rename_columns(["at", "y"])})
    assert there.tables["t"].spec == spec.tables["t"]
