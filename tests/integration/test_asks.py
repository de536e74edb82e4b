"""Asked one by one, a model says what it says of whole tables; and it answers about rows that are in no table."""

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import banian
from banian.cli.main import app
from banian.errors import AskError, BundleError, TableError
from banian.workflows.store import store

AT = "2025-11-01"
ANSWER = ["value", "mean", "lower", "upper", "choice"]


@pytest.fixture(scope="module")
def stored(run, tmp_path_factory):
    """A run with its store."""
    folder = tmp_path_factory.mktemp("asked") / "run"
    shutil.copytree(run.out / "bundle", folder / "bundle")
    store(folder, run.spec.parent)
    return folder


@pytest.fixture(scope="module")
def model(stored):
    return banian.load(stored)


@pytest.fixture(scope="module")
def lines(frames) -> list[dict]:
    """Orders as they would be asked about, returned or not."""
    rows = frames["orders"].drop(columns="returned")
    rows = rows[rows["ordered_at"] >= AT].head(60)
    return [{"task": "returned", **row} for row in rows.to_dict("records")]


def command(*arguments: object, given: str | None = None):
    result = CliRunner().invoke(app, ["predict", *map(str, arguments)], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize("task", ["repurchase", "spend", "orders"])
def test_a_customer_is_told_what_the_table_says_of_him(model, usual, task):
    rows = usual.to_pandas().query("task == @task").head(40).reset_index()
    asks = [{"task": task, "customer_id": who, "at": AT} for who in rows["customer_id"]]
    said = model.predict(asks).to_pandas()
    assert said["customer_id"].tolist() == rows["customer_id"].tolist()
    pd.testing.assert_frame_equal(said[ANSWER], rows[ANSWER])
    alone = pd.concat([model.predict(ask).to_pandas() for ask in asks[:5]], ignore_index=True)
    np.testing.assert_allclose(alone["value"], said["value"][:5], rtol=1e-12)
    assert not said["cold"].map(len).any()


def test_who_is_left_out_by_where_in_tables_is_answered_and_not_eligible(model, usual, frames):
    there = frames["customers"].query("joined_at <= @AT")["customer_id"].tolist()
    said = model.predict([{"grain": "customers", "customer_id": who, "at": AT} for who in there])
    said = said.to_pandas().set_index(["task", "customer_id"])
    asked = usual.to_pandas().reset_index()
    asked = set(zip(asked["task"], asked["customer_id"], strict=True))
    assert said["eligible"].to_dict() == {one: one in asked for one in said.index}
    assert set(said["eligible"]) == {True, False}
    assert np.isfinite(said["value"]).all()


def test_a_row_that_is_being_made_is_told_what_it_is_told_in_the_table(model, usual, lines):
    said = model.predict(lines).to_pandas().set_index("order_id")
    assert said["eligible"].all()  # the task has no WHERE
    rows = usual.to_pandas().query("task == 'returned'").set_index("order_id").loc[said.index]
    pd.testing.assert_frame_equal(said[ANSWER], rows[ANSWER])
    assert (said["scene"] == rows["scene"]).all()
    assert (said["cutoff"] == rows["cutoff"]).all()


def test_answers_stand_in_the_order_of_the_asks(model, lines):
    asks = [lines[0], {"grain": "customers", "customer_id": "c00001"}, lines[1]]
    said = model.predict(asks).to_pandas()
    assert said["ask"].tolist() == [0, 1, 1, 1, 2]
    assert said["task"].tolist() == ["returned", "repurchase", "spend", "orders", "returned"]
    assert model.predict(asks, tasks="spend").tasks == {"spend": 1}


def test_nobody_asks_and_nobody_answers(model):
    said, some = model.predict([]), model.predict({"task": "spend", "customer_id": "c00001"})
    assert len(said) == 0
    assert said.tasks == {}
    assert said.warnings == ("there are no asks, and so no answers",)
    assert {*some.rows.schema} <= {*said.rows.schema}
    assert not len(said.to_pandas()[["customer_id", "order_id", "ask", "cold", "eligible"]])


def test_a_task_that_no_ask_asks_is_named(model):
    said = model.predict({"task": "spend", "customer_id": "c00001"}, tasks=["returned"])
    assert said.tasks == {"returned": 0}
    assert said.warnings == ("no ask asks returned: they ask spend",)
    assert said.rows.column_names[-3:] == ["ask", "cold", "eligible"]


@pytest.mark.parametrize(("name", "text"), [("asks.csv", "task,customer_id\n"), ("asks.jsonl", "")])
def test_a_file_without_asks_is_answered_by_a_header_and_a_warning(stored, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    result = command(stored, "--ask", tmp_path / name)
    assert result.exit_code == 0
    assert "there are no asks" in result.stderr
    assert result.stdout.splitlines()[0].endswith('"ask","cold","eligible"')


def test_a_stranger_is_answered_and_flagged(model):
    said = model.predict([{"task": "spend", "customer_id": who} for who in ("c00001", "nobody")])
    assert said.rows["cold"].to_pylist() == [[], ["customers"]]
    assert np.isfinite(said.to_pandas()["value"]).all()


def test_who_comes_later_is_a_stranger_before(model, frames):
    late = frames["customers"].sort_values("joined_at").iloc[-1]
    asks = [
        {"task": "spend", "customer_id": late["customer_id"], "at": at}
        for at in ("2025-01-02", "2030-01-01")
    ]
    said = model.predict(asks)
    assert said.rows["cold"].to_pylist() == [["customers"], []]
    assert any("after the newest row of the store" in text for text in said.warnings)


def test_who_says_no_moment_is_asked_when_the_tables_are(run, model):
    tables = banian.predict(model, run.spec.parent, tasks="spend").to_pandas()
    asks = [{"task": "spend", "customer_id": who} for who in tables["customer_id"]]
    said = model.predict(asks).to_pandas()
    pd.testing.assert_frame_equal(said[["cutoff", *ANSWER]], tables[["cutoff", *ANSWER]])


def test_a_column_of_which_nothing_is_made_is_named_once(model, lines):
    told = model.predict([{**line, "returned": True} for line in lines[:2]])
    (text,) = (text for text in told.warnings if "no feature is made of it" in text)
    assert "returned of orders changes nothing" in text
    assert not any("no feature is made of it" in text for text in model.predict(lines[:2]).warnings)


def test_a_time_of_which_nothing_is_made_is_named(model):
    ask = {"task": "spend", "customer_id": "c00001", "at": AT}
    later = model.predict({**ask, "joined_at": "2025-05-05"})
    assert later.rows == model.predict(ask).rows
    assert "joined_at of customers changes nothing" in later.warnings[0]


def test_the_key_of_a_row_tells_nothing_of_it(model, lines):
    (text,) = model.predict({"task": "returned", "order_id": lines[0]["order_id"]}).warnings
    assert "order_id is all that is said of orders" in text
    assert not model.predict(lines[0]).warnings


def test_before_all_data_nothing_had_happened(model):
    said = model.predict({"task": "spend", "customer_id": "c00001", "at": "1990-01-01"})
    assert any("before the data of the store begin" in text for text in said.warnings)


def test_new_rows_move_the_moment_however_few_they_are(stored, frames, tmp_path):
    folder, new = tmp_path / "run", tmp_path / "new"
    shutil.copytree(stored, folder)
    new.mkdir()
    newest = frames["orders"].sort_values("ordered_at").iloc[-1:].copy()
    newest["order_id"] = "later"
    newest["ordered_at"] = (pd.to_datetime(newest["ordered_at"]) + pd.Timedelta(days=20)).astype(
        str
    )
    newest.to_csv(new / "orders.csv", index=False)
    ask = {"task": "spend", "customer_id": "c00001"}
    before = banian.load(folder).predict(ask).to_pandas()["cutoff"][0]
    store(folder, new, append=True)
    after = banian.load(folder).predict(ask).to_pandas()["cutoff"][0]
    assert after == pd.Timestamp(newest["ordered_at"].iloc[0]) > before + pd.Timedelta(days=19)
    with pytest.raises(TableError, match="There is no folder"):
        store(folder, tmp_path / "nowhere", append=True)


def test_what_an_ask_leaves_out_is_not_known(model, lines):
    whole = dict(lines[0])
    less = {name: whole[name] for name in ("task", "ordered_at", "customer_id")}
    nulls = whole | dict.fromkeys(whole.keys() - less.keys(), None)
    said = model.predict([whole, less, nulls]).to_pandas()["value"]
    assert said[0] != said[1]
    assert said[1] == pytest.approx(said[2], rel=1e-12)
    strange = model.predict({**less, "customer_id": None})
    assert strange.rows["cold"].to_pylist() == [[]]


def test_a_price_changes_what_is_said(model, lines):
    said = model.predict([{**lines[0], "price": price} for price in (1.0, 5.0, 200.0)])
    assert len(set(said.to_pandas()["value"])) == 3


def test_what_is_said_of_a_customer_stands_in_the_place_of_what_is_stored(model, frames):
    who = frames["customers"].iloc[0]
    asks = [
        {"task": "repurchase", "customer_id": who["customer_id"], "at": AT, "country": country}
        for country in (who["country"], None, "elsewhere")
    ]
    said = model.predict(asks).to_pandas()["value"]
    assert said[0] == pytest.approx(said[1], rel=1e-12)
    assert said[0] != pytest.approx(said[2], rel=1e-9)


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
    pd.testing.assert_frame_equal(said[ANSWER], expected[ANSWER])


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


def test_a_run_without_a_store_says_how_to_build_one(run, tmp_path):
    shutil.copytree(run.out / "bundle", tmp_path / "bundle")
    model = banian.load(tmp_path)
    assert list(model.spec.tasks) == ["repurchase", "spend", "orders", "returned"]
    for named in (tmp_path, tmp_path / "bundle"):
        with pytest.raises(BundleError, match=f"banian store {tmp_path} --data DIR"):
            banian.load(named).predict({"task": "spend", "customer_id": "c00001"})


def test_the_bundle_of_a_run_names_the_run(run, stored, model, tmp_path):
    ask = {"task": "spend", "customer_id": "c00001"}
    assert banian.load(stored / "bundle").predict(ask).rows == model.predict(ask).rows
    shutil.copytree(run.out / "bundle", tmp_path / "bundle")
    assert store(tmp_path / "bundle", run.spec.parent).folder == tmp_path / "store"
    banian.load(tmp_path)  # the bundle is still whole


def test_an_ask_about_a_value_that_half_changes_a_derived_one_is_refused(model):
    assert issubclass(AskError, banian.BanianError)
    with pytest.raises(AskError, match="has no column 'quantity'"):
        model.predict({"task": "spend", "customer_id": "c00001", "quantity": 3})
