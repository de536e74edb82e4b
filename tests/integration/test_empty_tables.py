"""A month without orders, or without customers, is asked about like any other."""

import shutil

import pytest

import banian
from banian.bundle import load_bundle


@pytest.mark.parametrize("table", ["orders", "customers"])
def test_new_data_may_lack_the_rows_of_a_table(run, tmp_path, table):
    folder = shutil.copytree(run.spec.parent, tmp_path / "new")
    file = folder / f"{table}.csv"
    file.write_text(file.read_text().partition("\n")[0] + "\n")
    said: list[str] = []
    tasks = banian.predict(load_bundle(run.out / "bundle"), folder, warn=said.append).tasks
    assert set(tasks) == {"repurchase", "spend", "orders", "returned"}
    answered = {task for task, rows in tasks.items() if rows}
    assert answered == (set() if table == "orders" else {"returned"})  # who bought lately is asked
    assert any(f"tables.{table} has no rows" in text for text in said)
