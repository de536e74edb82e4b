"""Asks come from a file or from standard input and answers go to one or to standard output; what is wrong is named."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from banian.cli.main import app

AT = "2025-11-01"


def command(*arguments: object, given: str | None = None):
    result = CliRunner().invoke(app, ["predict", *map(str, arguments)], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(("name", "text"), [("asks.csv", "task,customer_id\n"), ("asks.jsonl", "")])
def test_a_file_without_asks_is_answered_by_a_header_and_a_warning(stored, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    result = command(stored, "--ask", tmp_path / name)
    assert result.exit_code == 0
    assert "there are no asks" in result.stderr
    assert result.stdout.splitlines()[0].endswith('"ask","cold","eligible"')


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "-"])
def test_files_of_every_form_ask_the_same(stored, model, lines, tmp_path, form):
    asks = [*lines[:3], {"task": "spend", "customer_id": "c00001", "at": AT}]
    names = list(dict.fromkeys(name for ask in asks for name in ask))
    text, path = "".join(json.dumps(ask) + "\n" for ask in asks), tmp_path / f"asks.{form}"
    match form:
        case "jsonl":
            path.write_text(text)
        case "csv":
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, names)
                writer.writeheader()
                writer.writerows(asks)
        case "parquet":
            pq.write_table(pa.Table.from_pylist([{n: a.get(n) for n in names} for a in asks]), path)
        case _:
            path = "-"
    out = tmp_path / "said.parquet"
    result = command(stored, "--ask", path, "--output", out, given=text)
    assert result.exit_code == 0
    said, expected = pq.read_table(out).to_pandas(), model.predict(asks).to_pandas()
    answer = ["value", "mean", "lower", "upper", "choice"]
    pd.testing.assert_frame_equal(said[answer], expected[answer])


def test_answers_go_to_standard_output_as_csv_or_json(stored):
    ask = '{"task": "repurchase", "customer_id": "nobody"}\n'
    (row,) = csv.DictReader(io.StringIO(command(stored, "--ask", "-", given=ask).stdout))
    said = json.loads(command(stored, "--ask", "-", "--json", given=ask).stdout)
    assert (said["ask"], said["cold"], said["eligible"]) == (0, ["customers"], False)
    assert float(row["value"]) == said["value"]
    assert (json.loads(row["cold"]), row["eligible"]) == (["customers"], "false")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_behind_standard_output_is_told(stored, tmp_path):
    (tmp_path / "asks.jsonl").write_text('{"task": "spend", "customer_id": "c00001"}')
    words = [sys.executable, "-m", "banian", "predict", stored, "--ask", tmp_path / "asks.jsonl"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 1
    assert "Error: Cannot write standard output: No space left on device." in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('{"task": "repurchase", "customer_id": 3', "standard input, line 1 is not JSON"),
        ('{"task": "repurchase", "customer_id": NaN}', "NaN is no number of JSON"),
        ('{"task": "spend", "task": "orders"}', "it has 'task' twice"),
        ("[" * 20_000, "is nested too deep to be read"),
        ("3", "standard input, line 1 is int, not an ask"),
        ('{"task": "repurchase", "customer_id": true}', "customer_id is True"),
        ('{"task": "repurchase", "customer": "c1"}', "Did you mean 'customer_id'?"),
        ('{"task": "returned", "price": "much"}', "price is 'much'"),
        ('{"task": "returned", "amount": 3}', "orders has no column 'amount'"),
        ('[{"task": "spent"}]', "Did you mean 'spend'?"),
    ],
)
def test_a_wrong_ask_is_refused_by_name(stored, given, told):
    result = command(stored, "--ask", "-", given=given)
    assert result.exit_code == 1
    assert told in result.output


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("asks.csv", "task,price\nreturned,1,2\n", "line 2: 3 values"),
        ("asks.csv", "task,task\nreturned,spend\n", "two columns 'task'"),
        ("asks.csv", "task;price\nreturned;1,5\n", "has one column, 'task;price'"),
        ("asks.csv", 'task,price\nreturned,"1\n', "Cannot read asks"),
        ("asks.parquet", "no parquet", "Cannot read asks"),
        ("asks.xlsx", "", "names no form of asks"),
        ("missing.csv", None, "Cannot read asks"),
    ],
)
def test_a_file_that_holds_no_asks_is_refused(stored, tmp_path, name, text, told):
    if text is not None:
        (tmp_path / name).write_text(text)
    result = command(stored, "--ask", tmp_path / name)
    assert result.exit_code == 1
    assert told in result.output


def test_tables_and_asks_are_not_asked_at_once(stored):
    assert command(stored, "--ask", "-", "--data", ".").exit_code == 2
    result = command(stored, "--ask", "-", "--at", AT)
    assert result.exit_code == 2
    assert "write at in each ask" in result.stderr
    for option in (["--engine", "duckdb"], ["--force"], ["--quarantine", "aside.parquet"]):
        result = command(stored, "--ask", "-", *option)
        assert result.exit_code == 2
        assert f"{option[0]} is for --data" in result.stderr
    assert command(stored).exit_code == 2
    assert command(stored, "--data", ".").exit_code == 2
