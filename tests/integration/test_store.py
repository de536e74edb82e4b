"""banian store keeps what is known of everybody, and says the same of one customer as a pass over all tables."""

import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from banian.bundle import load_bundle
from banian.cli.main import app
from banian.examples.build import build_examples
from banian.features import StoredAsks, StoredEvents, describe_entities
from banian.spec import ShopSpec
from banian.spec.sequences import AttentionSpec
from banian.storage import only_writer
from banian.tables import read_database


def command(*arguments: object):
    result = CliRunner().invoke(app, ["store", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture(scope="module")
def copied(run, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "run"
    shutil.copytree(run.out / "bundle", folder / "bundle")
    return folder


def with_sequences(spec: ShopSpec) -> ShopSpec:
    """The same shop for a model that reads the newest events."""
    model = spec.model.model_copy(update={"sequences": AttentionSpec()})
    return spec.model_copy(update={"model": model})


def test_one_customer_at_one_instant_is_told_what_all_are_told(run, copied):
    told = json.loads(command(copied, "--data", run.spec.parent, "--json").stdout)
    assert told["events"] > 0
    assert told["tables"] > 0
    assert told["size"] + told["tables"] == sum(
        path.stat().st_size for path in (copied / "store").rglob("*") if path.is_file()
    )
    bundle = load_bundle(copied)
    spec = with_sequences(bundle.spec)
    database = read_database(spec, run.spec.parent, types=bundle.types)
    moment = database.latest()
    rows = build_examples(database, {"customers": (moment,)}, labelled=False).grains["customers"]
    stored = StoredEvents(spec, bundle.types, copied / "store")
    keys = rows.keys.column(0).cast(pa.string()).combine_chunks()
    at = rows.cutoff.astype(np.int64) + 1
    for one in range(0, len(rows), 40):
        asks = StoredAsks(keys.slice(one, 1), at[one : one + 1], {})
        for name, found in describe_entities(stored, "customers", asks).items():
            expected = rows.entities[name].take(np.array([one]))
            assert found.to_arrow().columns.to_pylist() == expected.columns.to_pylist()
            assert expected.sequences or name != "customers"
            for path, lists in expected.sequences.items():
                assert found.sequences[path].to_pylist() == lists.to_pylist()


def test_a_customer_that_nobody_knows_has_no_history(run, copied):
    if not (copied / "store").exists():
        command(copied, "--data", run.spec.parent)
    bundle = load_bundle(copied)
    stored = StoredEvents(bundle.spec, bundle.types, copied / "store")
    asks = StoredAsks(pa.array(["nobody knows"]), np.array([2**60]), {})
    found = describe_entities(stored, "customers", asks)["customers"]
    assert not found.present[0]
    assert found.columns["orders.count.all"].to_pylist() == [0.0]
    assert found.columns["orders.amount.mean.all"].to_pylist() == [None]


def test_an_earlier_store_is_replaced_and_a_run_without_bundle_refused(run, copied, tmp_path):
    stray = copied / "store" / "stray"
    stray.parent.mkdir(exist_ok=True)
    stray.touch()
    said = command(copied, "--data", run.spec.parent)
    assert not stray.exists()
    assert "bytes an event and entity" in said.stdout
    said = command(tmp_path, "--data", run.spec.parent)
    assert said.exit_code
    assert f"{tmp_path} holds no bundle" in said.output


def test_rows_that_cannot_be_used_are_kept_with_the_reason(run, copied, tmp_path):
    shutil.copytree(run.spec.parent, tmp_path / "tables")
    orders = tmp_path / "tables" / "orders.csv"
    columns = orders.read_text().partition("\n")[0].count(",") + 1
    orders.write_text(orders.read_text() + ",".join(["x"] * columns) + "\n")
    usual = json.loads(command(copied, "--data", run.spec.parent, "--json").stdout)
    told = json.loads(command(copied, "--data", tmp_path / "tables", "--json").stdout)
    assert told["aside"] == usual["aside"] + 1
    aside = pq.read_table(told["quarantine"])
    assert aside.num_rows == told["aside"]
    assert aside["reason"].null_count == 0


def test_a_month_without_orders_is_a_store_too(run, copied, tmp_path):
    shutil.copytree(run.spec.parent, tmp_path / "tables")
    orders = tmp_path / "tables" / "orders.csv"
    orders.write_text(orders.read_text().partition("\n")[0] + "\n")
    told = json.loads(command(copied, "--data", tmp_path / "tables", "--json").stdout)
    assert (told["events"], told["size_per_event"]) == (0, 0.0)
    bundle = load_bundle(copied)
    stored = StoredEvents(with_sequences(bundle.spec), bundle.types, copied / "store")
    known = pa.array(["nobody knows", None])
    asks = StoredAsks(known, np.array([2**60, 2**60]), {})
    found = describe_entities(stored, "customers", asks)["customers"]
    assert found.columns["orders.count.all"].to_pylist() == [0.0, None]
    assert [len(one) for one in found.sequences["orders"]["orders.amount"].to_pylist()] == [0, 0]


def test_new_rows_are_appended_and_those_in_error_are_kept_beside_the_earlier(
    run, copied, tmp_path
):
    usual = json.loads(command(copied, "--data", run.spec.parent, "--json").stdout)
    orders = (run.spec.parent / "orders.csv").read_text().splitlines()
    old, new = tmp_path / "old", tmp_path / "new"
    shutil.copytree(run.spec.parent, old)
    new.mkdir()
    (old / "orders.csv").write_text("\n".join(orders[:-30]) + "\n")
    strange = ",".join(["x"] * (orders[0].count(",") + 1))
    (new / "orders.csv").write_text("\n".join([orders[0], *orders[-30:], strange]) + "\n")
    before = json.loads(command(copied, "--data", old, "--json").stdout)
    told = json.loads(command(copied, "--data", new, "--append", "--json").stdout)
    assert before["events"] < told["events"] == usual["events"]
    aside = pq.read_table(told["quarantine"])
    assert aside.num_rows == before["aside"] + told["aside"]
    assert told["aside"] >= 1
    assert told["added"] == 30
    (new / "orders.csv").write_text("\n".join([orders[0], *orders[-30:]]) + "\n")
    before = (copied / "store" / "store.json").read_bytes()
    assert "Nothing new." in command(copied, "--data", new, "--append").stdout
    assert (copied / "store" / "store.json").read_bytes() == before
    with only_writer(copied):
        said = command(copied, "--data", new, "--append")
    assert said.exit_code
    assert "Another process is writing" in said.output
    said = command(tmp_path, "--data", new, "--append")
    assert "holds no bundle" in said.output


def test_what_was_set_aside_before_may_have_been_cleared_away(run, copied, tmp_path):
    orders = (run.spec.parent / "orders.csv").read_text().splitlines()
    strange = ",".join(["x"] * (orders[0].count(",") + 1))
    shutil.copytree(run.spec.parent, tmp_path / "tables")
    (tmp_path / "tables" / "orders.csv").write_text("\n".join([*orders, strange]) + "\n")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "orders.csv").write_text(f"{orders[0]}\n{strange}\n")
    Path(
        json.loads(command(copied, "--data", tmp_path / "tables", "--json").stdout)["quarantine"]
    ).unlink()
    told = json.loads(command(copied, "--data", tmp_path / "new", "--append", "--json").stdout)
    assert (told["added"], told["aside"]) == (0, 1)
    assert pq.read_table(told["quarantine"]).num_rows == 1


@pytest.mark.parametrize("name", ["store.build_store", "append.append_store"])
def test_a_full_disk_is_told_and_leaves_the_store(run, copied, monkeypatch, name):
    command(copied, "--data", run.spec.parent)
    before = (copied / "store" / "store.json").read_bytes()

    def fill(*arguments, **named):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"banian.workflows.{name}", fill)
    options = ["--append"] if name == "append.append_store" else []
    said = command(copied, "--data", run.spec.parent, *options)
    assert said.exit_code == 1
    assert "No space left on device" in said.output
    assert (copied / "store" / "store.json").read_bytes() == before


def test_to_append_there_must_be_a_store(run, tmp_path):
    shutil.copytree(run.out / "bundle", tmp_path / "bundle")
    said = command(tmp_path, "--data", run.spec.parent, "--append")
    assert said.exit_code
    assert "holds no store" in said.output
    assert f"banian store {tmp_path} --data DIR" in said.output.replace("\n", "")


@pytest.fixture
def grown(stored, tmp_path) -> Path:
    """A run with its store, to which rows are appended."""
    return shutil.copytree(stored, tmp_path / "run")


def write_orders(run, folder: Path, **values: object) -> pd.DataFrame:
    """Write a folder of orders that are new, with some columns as given."""
    rows = pd.read_csv(run.spec.parent / "orders.csv").iloc[-40:]
    keys = [f"new{number}" for number in range(len(rows))]
    rows = rows.assign(order_id=keys).assign(**values)
    folder.mkdir()
    rows.to_csv(folder / "orders.csv", index=False)
    return rows


def test_new_rows_with_an_unreadable_column_are_refused_unless_forced(run, grown, tmp_path):
    write_orders(run, tmp_path / "new", price="two")
    before = (grown / "store" / "store.json").read_bytes()
    said = command(grown, "--data", tmp_path / "new", "--append")
    assert said.exit_code
    assert "tables.orders.price: 40 of 40 values cannot be read as" in said.output
    assert "--force" in said.output
    assert (grown / "store" / "store.json").read_bytes() == before
    said = command(grown, "--data", tmp_path / "new", "--append", "--force")
    assert said.exit_code == 0
    assert "tables.orders.price: 40 of 40 values cannot be read as" in said.output


def test_a_table_with_columns_and_no_rows_does_not_stop_the_others(run, grown, tmp_path):
    write_orders(run, tmp_path / "new")
    header = (run.spec.parent / "customers.csv").read_text().partition("\n")[0]
    (tmp_path / "new" / "customers.csv").write_text(header + "\n")
    said = command(grown, "--data", tmp_path / "new", "--append")
    assert said.exit_code == 0
    assert "customers.csv has no rows, so there is nothing new of customers" in said.output
    assert "40 rows added, 0 replaced." in said.output


def test_files_for_append_that_belong_to_no_table_are_named(run, grown, tmp_path):
    write_orders(run, tmp_path / "new")
    (tmp_path / "new" / "orders.csv").rename(tmp_path / "new" / "orders.parquet")
    said = command(grown, "--data", tmp_path / "new", "--append")
    assert said.exit_code
    assert "orders.parquet" in said.output
    assert "New rows are looked for in customers.csv, orders.csv." in said.output
    assert "Did you mean orders.csv?" in said.output
    write_orders(run, tmp_path / "both")
    (tmp_path / "both" / "customer.csv").write_text("customer_id\nc1\n")
    said = command(grown, "--data", tmp_path / "both", "--append")
    assert said.exit_code == 0
    assert "customer.csv" in said.output
    assert "Did you mean customers.csv?" in said.output


def test_new_rows_that_are_all_set_aside_are_counted_with_the_reason(run, grown, tmp_path):
    write_orders(run, tmp_path / "new", ordered_at="soon")
    said = command(grown, "--data", tmp_path / "new", "--append")
    assert said.exit_code == 0
    told = "tables.orders: 100% of the rows are set aside (ordered_at is not a time: 40; 40 of 40)"
    assert told in said.output


@pytest.mark.parametrize("append", [["--append"], []])
def test_labels_that_become_known_later_are_no_difference_from_training(
    run, grown, tmp_path, append
):
    rows = write_orders(run, tmp_path / "new", returned=None)
    if not append:
        old = pd.read_csv(run.spec.parent / "orders.csv")
        old["returned"] = old["returned"].where(np.arange(len(old)) % 4 == 0)
        pd.concat([old, rows]).to_csv(tmp_path / "new" / "orders.csv", index=False)
        shutil.copy(run.spec.parent / "customers.csv", tmp_path / "new")
    said = command(grown, "--data", tmp_path / "new", *append)
    assert said.exit_code == 0
    assert "tables.orders.returned" not in said.output
