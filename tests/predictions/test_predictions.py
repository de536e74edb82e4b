"""What a table of predictions looks like."""

import json
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banian.errors import SpecError
from banian.predictions import CHOICES, Predictions, chain_predictions, stack_predictions

AFTER_KEYS = ["cutoff", "scene", "value", "mean", "lower", "upper", "choice", "choices"]


def make(task, keys, *, value=(0.25, 0.5), **intervals):
    return Predictions(
        task,
        keys=pa.table(keys),
        cutoff=np.array(["2011-12-01T10:00", "NaT"], dtype="datetime64[us]"),
        scene=pa.array(["web", None]),
        value=np.array(value),
        **intervals,
    )


def test_the_table_has_the_declared_columns_and_types():
    table = make("returned", {"line_id": [7, 8]}).to_arrow()
    assert table.schema == pa.schema(
        [
            ("task", pa.string()),
            ("line_id", pa.int64()),
            ("cutoff", pa.timestamp("us")),
            ("scene", pa.string()),
            ("value", pa.float64()),
            ("mean", pa.float64()),
            ("lower", pa.float64()),
            ("upper", pa.float64()),
            ("choice", pa.string()),
            ("choices", CHOICES),
        ]
    )
    assert table.to_pylist()[0] == {
        "task": "returned",
        "line_id": 7,
        "cutoff": datetime(2011, 12, 1, 10),
        "scene": "web",
        "value": 0.25,
        "mean": None,
        "lower": None,
        "upper": None,
        "choice": None,
        "choices": None,
    }


def test_an_absent_cutoff_or_scene_is_null():
    row = make("returned", {"line_id": [7, 8]}).to_arrow().to_pylist()[1]
    assert row["cutoff"] is None
    assert row["scene"] is None


def test_intervals_are_laid_out_where_the_tower_gives_them():
    predictions = make(
        "sales", {"id": [1, 2]}, lower=np.array([0.0, 0.125]), upper=np.array([1.0, 2.0])
    )
    table = predictions.to_arrow()
    assert table["lower"].to_pylist() == [0.0, 0.125]
    assert table["upper"].to_pylist() == [1.0, 2.0]


def test_the_choice_is_the_first_of_the_choices(tmp_path):
    named = [
        [{"name": "tea", "value": 0.5}, {"name": "milk", "value": 0.25}],
        [{"name": "milk", "value": 0.75}],
    ]
    table = stack_predictions(
        [
            make("drinks", {"id": [1, 2]}, choices=pa.array(named, CHOICES)),
            make("b", {"id": [3, 4]}),
        ]
    )
    assert table["choice"].to_pylist() == ["tea", "milk", None, None]
    assert table["choices"].to_pylist() == [*named, None, None]
    pq.write_table(table, tmp_path / "table.parquet")
    assert pq.read_table(tmp_path / "table.parquet") == table
    told = json.loads(json.dumps(table.select(["task", "choices"]).to_pylist()))
    assert told[0] == {"task": "drinks", "choices": named[0]}


@pytest.mark.parametrize("has_ends", [False, True])
def test_a_chain_is_its_parts_one_after_the_other(has_ends):
    ends = {"lower": np.zeros(2), "upper": np.ones(2)} if has_ends else {}
    parts = [make("a", {"id": [at, at + 1]}, value=(at, at + 1.0), **ends) for at in (1.0, 3.0)]
    chained = chain_predictions(parts)
    assert chained.keys["id"].to_pylist() == [1, 2, 3, 4]
    assert chained.to_arrow() == pa.concat_tables([part.to_arrow() for part in parts])
    assert chain_predictions(parts[:1]) is parts[0]


def test_a_stack_has_every_key_once_in_order_of_appearance():
    stack = stack_predictions(
        [
            make("a", {"line_id": [1, 2], "order_id": [3, 4]}),
            make("b", {"shop_id": ["x", "y"], "line_id": [5, 6]}),
        ]
    )
    assert stack.column_names == ["task", "line_id", "order_id", "shop_id", *AFTER_KEYS]
    assert stack["task"].to_pylist() == ["a", "a", "b", "b"]
    assert stack["line_id"].to_pylist() == [1, 2, 5, 6]
    assert stack["order_id"].to_pylist() == [3, 4, None, None]
    assert stack["shop_id"].to_pylist() == [None, None, "x", "y"]
    assert stack["value"].to_pylist() == [0.25, 0.5, 0.25, 0.5]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
def test_a_key_of_two_types_becomes_a_string_everywhere(order):
    tasks = [make("a", {"id": [1, 2]}), make("b", {"id": [3, 4]}), make("c", {"id": ["A7", "8"]})]
    stack = stack_predictions([tasks[place] for place in order])
    assert stack.schema.field("id").type == pa.string()
    assert sorted(stack["id"].to_pylist()) == ["1", "2", "3", "4", "8", "A7"]


def test_keys_with_metadata_of_their_own_can_be_stacked():
    keys = pa.table({"id": [1, 2]}).replace_schema_metadata({"source": "lines.csv"})
    first = make("a", {"id": [1, 2]})
    second = Predictions("b", keys, first.cutoff, first.scene, first.value)
    assert len(stack_predictions([first, second])) == 4


def test_a_stack_of_one_task_is_its_own_table():
    predictions = make("a", {"id": [1, 2]})
    assert stack_predictions([predictions]).equals(predictions.to_arrow())


def test_a_stack_of_no_tasks_is_an_empty_table():
    stack = stack_predictions([])
    assert len(stack) == 0
    assert stack.column_names == ["task", *AFTER_KEYS]


@pytest.mark.parametrize("name", ["task", *AFTER_KEYS])
def test_a_key_named_like_a_fixed_column_is_refused_with_a_remedy(name):
    with pytest.raises(SpecError) as caught:
        make("returned", {"line_id": [7, 8], name: [1, 2]})
    assert f"'{name}' of task 'returned'" in caught.value.problem
    assert f"derive: {{{name}_key: {name}}}" in caught.value.remedy


def test_rows_without_a_key_still_have_predictions():
    nameless = Predictions(
        "returned",
        keys=pa.table({}),
        cutoff=np.array(["NaT"] * 2, dtype="datetime64[us]"),
        scene=pa.nulls(2, pa.string()),
        value=np.array([0.25, 0.5]),
    )
    assert nameless.to_arrow()["value"].to_pylist() == [0.25, 0.5]
