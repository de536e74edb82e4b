"""Predictions that come part by part are those that would have come at once, wherever they are held."""

import tempfile

import numpy as np
import pyarrow as pa
import pytest

from banian.errors import RunError
from banian.predictions import CHOICES, Predictions, chain_predictions, stack_predictions
from banian.workflows.held_predictions import HeldPredictions
from banian.workflows.table_form import TableParts
from banian.workflows.write import write_table

MOST_BYTES = {"in memory": 2**30, "the later ones on disk": 300, "all on disk": 0}


def make_predictions(task, key, keys, at="2024-01-01", *, choices=False):
    rows = len(keys)
    said = pa.array([[{"name": "a", "value": 0.5}]] * rows, CHOICES)
    return Predictions(
        task,
        keys=pa.table({key: keys}),
        cutoff=np.full(rows, np.datetime64(at, "us")),
        scene=pa.nulls(rows, pa.string()),
        value=np.arange(rows, dtype=np.float64),
        lower=np.zeros(rows) if task == "spend" else None,
        choices=said if choices else None,
    )


PARTS = [
    make_predictions("buys", "id", [1, 2, 3], choices=True),
    make_predictions("spend", "id", ["x", "y"]),
    make_predictions("buys", "id", [4], at="2024-01-01T00:00:00.5", choices=True),
    make_predictions("sales", "product", [1.5]),
    make_predictions("buys", "id", pa.array([], pa.int64()), choices=True),
    make_predictions("spend", "id", ["z"] * 70),
]
TASKS = ("spend", "buys", "sales")


@pytest.fixture(params=MOST_BYTES)
def held(request):
    held = HeldPredictions(TASKS, most_bytes=MOST_BYTES[request.param])
    for part in PARTS:
        held.append(part)
    return held


def expected():
    chained = {task: chain_predictions([p for p in PARTS if p.task == task]) for task in TASKS}
    return stack_predictions([chained[task] for task in TASKS])


def test_the_parts_make_the_table_that_all_make_at_once(held):
    assert held.counts == {"spend": 72, "buys": 4, "sales": 1}
    assert held.read().whole() == expected()


def test_parts_can_be_read_twice(held):
    parts = held.read()
    assert parts.whole() == parts.whole()


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_a_file_of_parts_holds_what_a_file_of_the_table_holds(held, ending, tmp_path):
    write_table(held.read(), tmp_path / f"parts.{ending}")
    write_table(expected(), tmp_path / f"whole.{ending}")
    read = pa.parquet.read_table if ending == "parquet" else lambda path: path.read_bytes()
    assert read(tmp_path / f"parts.{ending}") == read(tmp_path / f"whole.{ending}")


def test_one_fraction_of_a_second_in_any_part_is_written_in_all(held, tmp_path):
    write_table(held.read(), tmp_path / "said.csv")
    lines = (tmp_path / "said.csv").read_text().splitlines()[1:]
    assert all(".000000" in line or ".500000" in line for line in lines)


def test_no_task_has_no_rows_and_still_its_columns():
    none = HeldPredictions([]).read()
    assert none.whole() == stack_predictions([])


def test_parts_of_a_table_are_read_into_one():
    table = pa.table({"a": [1, 2, 3]})
    parts = TableParts(table.schema, lambda: [table.slice(0, 2), table.slice(2)])
    assert parts.whole() == table


def test_a_full_disk_is_told_with_a_remedy(monkeypatch):
    def refuse(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(RunError, match=r"Cannot keep predictions .* No space left") as told:
        HeldPredictions(["buys"], most_bytes=0).append(PARTS[0])
    assert "TMPDIR" in told.value.remedy
