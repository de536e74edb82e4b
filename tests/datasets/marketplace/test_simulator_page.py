"""docs/simulator.md says what there is."""

import re
from pathlib import Path

import pytest

from banian.datasets.marketplace import FILES, Market
from banian.datasets.marketplace.schema import TABLES

PAGE = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text()


@pytest.mark.parametrize("table", TABLES)
def test_every_file_is_listed_with_its_columns(table):
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{table}` |")]
    columns = [name for name in TABLES[table].names if not name.endswith("_known_at")]
    assert not set(columns) - set(re.findall(r"\w+", row))


def test_every_other_file_is_named():
    assert all(name.removesuffix(".parquet") in PAGE for name in FILES)


@pytest.mark.parametrize("knob", Market.model_fields)
def test_every_knob_is_listed_with_its_default(knob):
    assert f"| {knob} | {Market.model_fields[knob].default:g} |" in PAGE


def test_its_program_finds_the_best_possible_score(shop, monkeypatch):
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    found = {}
    monkeypatch.chdir(shop.folder)
    exec(program, found)
    assert 0.1 < found["best"] < found["constant"] < 0.7
