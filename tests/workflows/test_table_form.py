"""A table is written in the form that its ending names."""

import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banian.errors import TableError
from banian.predictions import CHOICES
from banian.workflows.table_form import form_of
from banian.workflows.write import write_table

TABLE = pa.table(
    {
        "task": ["spend", 'a "b", c'],
        "id": pa.array([7, None], pa.int64()),
        "cutoff": pa.array([datetime(2024, 1, 2, 3, 4, 5), None], pa.timestamp("us")),
        "value": [0.1, None],
        "choices": pa.array([[{"name": "é", "value": 0.5}], None], CHOICES),
    }
)


def test_parquet_gives_the_table_back(tmp_path):
    write_table(TABLE, tmp_path / "new.parquet")
    assert pq.read_table(tmp_path / "new.parquet") == TABLE


def test_csv_is_text_that_others_read(tmp_path):
    write_table(TABLE, tmp_path / "new.CSV")
    read = pd.read_csv(tmp_path / "new.CSV", dtype={"id": "Int64"}, parse_dates=["cutoff"])
    assert read["task"].tolist() == TABLE["task"].to_pylist()
    assert read["id"].tolist() == [7, pd.NA]
    assert read["cutoff"][0] == datetime(2024, 1, 2, 3, 4, 5)
    assert pd.isna(read["cutoff"][1])
    assert read["value"][0] == 0.1
    assert json.loads(read["choices"][0]) == [{"name": "é", "value": 0.5}]
    assert "2024-01-02 03:04:05" in (tmp_path / "new.CSV").read_text().splitlines()[1]


def test_fractions_of_a_second_are_kept(tmp_path):
    at = pa.array([datetime(2024, 1, 2, 3, 4, 5, 250_000)], pa.timestamp("us"))
    write_table(pa.table({"at": at}), tmp_path / "new.csv")
    assert "03:04:05.25" in (tmp_path / "new.csv").read_text()


def test_jsonl_has_an_object_a_line(tmp_path):
    write_table(TABLE, tmp_path / "new.jsonl")
    first, second = map(json.loads, (tmp_path / "new.jsonl").read_text().splitlines())
    assert first == {
        "task": "spend",
        "id": 7,
        "cutoff": "2024-01-02 03:04:05",
        "value": 0.1,
        "choices": [{"name": "é", "value": 0.5}],
    }
    assert second == dict.fromkeys(first) | {"task": 'a "b", c'}


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_an_empty_table_keeps_its_columns_where_the_form_has_any(tmp_path, form):
    path = tmp_path / f"none.{form}"
    write_table(TABLE.slice(0, 0), path)
    read = {
        "parquet": lambda: pq.read_table(path).column_names,
        "csv": lambda: [*pd.read_csv(path)],
    }
    assert read.get(form, lambda: TABLE.column_names)() == TABLE.column_names
    if form == "jsonl":
        assert path.read_text() == ""


@pytest.mark.parametrize("name", ["new.xlsx", "new", "new.parquet.gz", "new.json", "csv"])
def test_every_other_ending_is_refused_with_the_three(tmp_path, name):
    with pytest.raises(TableError, match=r"names no form") as caught:
        write_table(TABLE, tmp_path / name)
    assert ".parquet, .csv, .jsonl" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_into_a_device_goes_text():
    assert form_of(Path("/dev/null")) == "csv"
    write_table(TABLE, Path("/dev/null"))


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_times_of_a_column_have_one_form(tmp_path, form):
    times = [datetime(2024, 1, 2, 3, 4, 5, 250_000), datetime(2024, 1, 2)]
    write_table(pa.table({"at": pa.array(times, pa.timestamp("us"))}), tmp_path / f"new.{form}")
    text = (tmp_path / f"new.{form}").read_text()
    assert "2024-01-02 03:04:05.250000" in text
    assert "2024-01-02 00:00:00.000000" in text
