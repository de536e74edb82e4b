"""From raw tables to predictions, through the commands."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import banian
from banian.bundle import load_bundle

TASKS = ["repurchase", "spend", "orders", "returned"]


def test_fit_says_for_each_task_how_good_it_is_and_how_sure_that_is(run):
    assert run.said["bundle"] == str(run.out / "bundle")
    assert run.said["seconds"] > 0
    assert list(run.said["tasks"]) == TASKS
    for score in run.said["tasks"].values():
        keys = {"kind", "grain", "metric", "value", "interval", "constant", "rows"}
        assert keys <= score.keys()
        assert score["interval"][0] <= score["value"] <= score["interval"][1]
    assert run.said["tasks"]["orders"]["kind"] == "count"
    assert run.said["tasks"]["returned"]["grain"] == "rows of orders"


def test_predict_in_a_new_process_gives_what_fit_judged(run, tmp_path):
    output = tmp_path / "predictions.parquet"
    command = [Path(sys.executable).with_name("banian"), "predict", run.out, "--json"]
    command += ["--data", run.spec.parent, "--at", "2025-11-01", "--output", output]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    judged, again = pq.read_table(run.out / "test_predictions.parquet"), pq.read_table(output)
    assert json.loads(said)["rows"] == len(again)
    # Rows whose label has not matured are predicted, too, but were not judged.
    keys = ["task", "customer_id", "order_id"]
    both = judged.to_pandas().merge(again.to_pandas(), on=keys, suffixes=("", " again"))
    assert len(both) == len(judged)
    np.testing.assert_allclose(both["value again"], both["value"], rtol=0, atol=1e-6)
    assert (both["cutoff again"] == both["cutoff"]).all()


def test_predict_without_a_moment_asks_at_the_latest_time_in_the_data(run):
    table = banian.predict(banian.load(run.out), run.spec.parent, tasks=("spend",)).rows
    orders = (run.spec.parent / "orders.csv").read_text().splitlines()[1:]
    latest = max(line.split(",")[2].strip('"') for line in orders)
    assert {str(at) for at in table["cutoff"].to_pylist()} == {latest}
    assert table["lower"].null_count == table["upper"].null_count == 0


def test_neither_a_mistyped_order_nor_a_customer_to_come_moves_the_moment_of_predictions(
    run, tmp_path
):
    shutil.copytree(run.spec.parent, tmp_path / "tables")
    more = {
        "orders": '"o1","c1","2199-01-01 10:00:00","kiosk",1,5.0,false',
        "customers": '"c-new","2030-12-01 00:00:00","XX"',
    }
    for name, row in more.items():
        with (tmp_path / "tables" / f"{name}.csv").open("a") as file:
            file.write(row + "\n")
    bundle = load_bundle(run.out)
    before = banian.predict(bundle, run.spec.parent, tasks=("spend",), warn=str)
    after = banian.predict(bundle, tmp_path / "tables", tasks=("spend",), warn=str)
    assert after.to_arrow().equals(before.to_arrow())


def test_unseen_customers_and_products_get_predictions(run, tmp_path):
    tables = tmp_path / "tables"
    tables.mkdir()
    header = (run.spec.parent / "orders.csv").read_text().splitlines()[0]
    row = '"o1","c-new","2025-12-30 10:00:00","kiosk",1,5.0,false'
    (tables / "orders.csv").write_text(f"{header}\n{row}\n")
    text = '"customer_id","joined_at","country"\n"c-new","2025-12-01 00:00:00","XX"\n'
    (tables / "customers.csv").write_text(text)
    table = banian.predict(banian.load(run.out), tables).rows
    assert sorted(table["task"].to_pylist()) == sorted(TASKS)
    assert np.isfinite(table["value"].to_numpy()).all()


def test_test_predictions_carry_the_labels_that_judged_them(run):
    table = pq.read_table(run.out / "test_predictions.parquet").to_pandas()
    returned = {
        line.split(",")[0].strip('"'): line.split(",")[6] == "true"
        for line in (run.spec.parent / "orders.csv").read_text().splitlines()[1:]
    }
    for task in TASKS:
        known = table[(table["task"] == task) & table["label"].notna()]
        assert len(known) == run.said["tasks"][task]["rows"]
        if task == "returned":
            assert (known["label"] == known["order_id"].map(returned)).all()


def test_binary_predictions_are_probabilities_and_amounts_are_no_less_than_nothing(run):
    table = pq.read_table(run.out / "test_predictions.parquet").to_pylist()
    binary = [row["value"] for row in table if row["task"] in ("repurchase", "returned")]
    assert 0 < min(binary) <= max(binary) < 1
    assert min(row["value"] for row in table if row["task"] == "orders") > 0


def sums_of(folder: Path) -> dict[str, str]:
    lines = (folder / "bundle" / "SHA256SUMS").read_text().splitlines()
    return {name: total for total, name in (line.split(maxsplit=1) for line in lines)}


@pytest.mark.usefixtures("quick_fit")
def test_another_seed_gives_another_network_on_the_same_features(run, tmp_path):
    """That the same seed gives the same bundle, in this process and in others, is seen in test_resume."""
    settings = (*run.settings, "serve_with=joint")
    spec = banian.load_spec(run.spec, overrides=settings)
    banian.fit(spec, run.spec.parent, tmp_path, seed=1, device="auto")
    one, other = sums_of(run.out), sums_of(tmp_path)
    assert one["joint/model.safetensors"] != other["joint/model.safetensors"]
    assert one["joint/vocabularies.arrow"] == other["joint/vocabularies.arrow"]


def test_no_clock_and_no_path_enters_the_bundle(run):
    for file in (run.out / "bundle").rglob("*"):
        assert file.is_dir() or str(run.out).encode() not in file.read_bytes()


@pytest.mark.parametrize(
    "name", ["spec.json", "joint/model.safetensors", "joint/vocabularies.arrow"]
)
def test_an_altered_bundle_is_refused(run, tmp_path, name):
    shutil.copytree(run.out / "bundle", tmp_path, dirs_exist_ok=True)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(banian.BanianError, match="not the file that was saved"):
        banian.load(tmp_path)
