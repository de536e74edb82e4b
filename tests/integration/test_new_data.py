"""What predict makes of new data: compared, refused, forced, empty, in memory, as of anytime."""

import json
import shutil
import warnings
from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

import banian
from banian.bundle import load_bundle
from banian.cli.main import app
from banian.errors import RunError, SpecError, TableError
from banian.tables import gather_data, read_database
from banian.workflows.new_data import compare_data, compare_moment, uses_of

AT = "2025-11-01"


def predict(bundle, frames, *, warn=lambda _: None, **options):
    return banian.predict(bundle, frames, warn=warn, at=options.pop("at", AT), **options)


def command(*arguments: object):
    result = CliRunner().invoke(app, ["predict", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_the_data_of_training_are_told_of_nothing(usual):
    assert usual.warnings == ()
    assert (
        repr(usual)
        == f"PredictionTable({len(usual):,} rows: "
        + ", ".join(f"{task} {rows:,}" for task, rows in usual.tasks.items())
        + ")"
    )


def test_frames_give_what_files_give(bundle, frames, usual):
    arrow = {"orders": pa.Table.from_pandas(frames["orders"])}
    assert predict(bundle, frames | arrow).rows == usual.rows


def test_a_task_may_be_named_by_its_name_alone_and_the_moment_be_aware(run, bundle, usual):
    aware = datetime(2025, 11, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    spend = banian.predict(str(run.out), run.spec.parent, tasks="spend", at=aware)
    assert spend.tasks == {"spend": usual.tasks["spend"]}
    there = usual.to_pandas().query("task == 'spend'").reset_index(drop=True)
    pd.testing.assert_frame_equal(
        spend.to_pandas()[["customer_id", "cutoff", "value"]],
        there[["customer_id", "cutoff", "value"]],
    )
    with pytest.raises(SpecError, match="no task 'spent'"):
        banian.predict(bundle, run.spec.parent, tasks="spent")


def test_what_is_gone_or_unreadable_is_refused_all_at_once_unless_forced(bundle, frames):
    orders = frames["orders"].drop(columns="channel")
    orders["price"] = orders["price"].astype(str) + " EUR"
    new = {"orders": orders, "customers": frames["customers"].drop(columns="country")}
    with pytest.raises(TableError, match="lack what predictions are made from") as caught:
        predict(bundle, new)
    paths = ("orders.channel: is not", "orders.price: 2,", "customers.country: is not")
    lost = [f"tables.{path}" for path in paths]
    assert all(one in caught.value.problem for one in lost)
    assert "--force" in caught.value.remedy
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        forced = banian.predict(bundle, new, at=AT, force=True, tasks="spend")
    assert np.isfinite(forced.rows["value"].to_numpy()).all()
    assert repr(forced).endswith("; 3 warnings)")
    assert all(any(text.startswith(one) for text in forced.warnings) for one in lost)
    assert {str(one.message) for one in heard} >= set(forced.warnings)


def test_without_its_key_or_time_a_table_is_refused_even_if_forced(bundle, frames):
    new = {**frames, "orders": frames["orders"].drop(columns=["ordered_at", "price"])}
    with pytest.raises(TableError, match=r"lack tables.orders.ordered_at, tables.orders.price"):
        predict(bundle, new, force=True)


def test_a_label_need_not_be_there(bundle, frames):
    new = {**frames, "orders": frames["orders"].drop(columns="returned")}
    found = predict(bundle, new, tasks="returned")
    assert len(found) > 0
    assert found.warnings == (
        "tables.orders.returned: is not there",
    )  # its past values are features


def compare(bundle, new) -> tuple[str, ...]:
    database = read_database(bundle.spec, gather_data(new), types=bundle.types)
    found = compare_data(bundle, database, uses_of(bundle, bundle.spec.tasks))
    assert found.lost == ()
    return found.warnings


def test_other_values_are_told(bundle, frames):
    orders = frames["orders"].assign(price=frames["orders"]["price"] * 100)
    customers = frames["customers"].assign(country=frames["customers"]["country"].str.lower())
    told = compare(bundle, {"orders": orders, "customers": customers})
    assert [text.partition(":")[0] for text in told] == [
        "tables.orders.price",
        "tables.customers.country",
    ]
    assert "never seen in training" in told[1]


def test_links_to_nowhere_and_rows_set_aside_are_told(bundle, frames):
    ids = frames["customers"]["customer_id"].str.replace("c", "K")
    orders = frames["orders"].copy()
    orders.loc[: len(orders) // 3, "ordered_at"] = "soon"
    customers = frames["customers"].assign(customer_id=ids)
    told = compare(bundle, {"orders": orders, "customers": customers})
    nowhere = "tables.orders.customer_id names no row of customers in 100%"
    assert any(nowhere in text for text in told)
    assert any("33% of the rows are set aside (ordered_at is not a time" in text for text in told)


def test_rows_far_after_the_others_are_told_with_the_moment_that_was_asked(
    run, bundle, frames, usual
):
    assert set(usual.moments) == {"repurchase", "spend", "orders"}
    late = (
        frames["orders"]
        .iloc[:2]
        .assign(order_id=["late-1", "late-2"], ordered_at="2027-06-01 00:00:00")
    )
    new = {**frames, "orders": pd.concat([frames["orders"], late])}
    found = predict(bundle, new, at=None, tasks="spend")
    (moment,) = found.moments.values()
    assert moment.year == 2025
    rows, asked = found.warnings
    assert rows.startswith("tables.orders: of 2 rows ordered_at lies far after all others")
    assert "until: 2025-12-" in rows
    assert f"tasks.spend: asked as of {moment}" in asked
    assert "--at" in asked
    given = predict(bundle, new, at="2025-12-01", tasks="spend")
    assert [text[:14] for text in given.warnings] == ["tables.orders:"]


def test_before_the_data_begin_is_told(bundle, frames):
    customers = frames["customers"].assign(joined_at="2020-01-01 00:00:00")
    new = {**frames, "customers": customers}
    found = predict(bundle, new, at="2024-12-30", tasks="orders")
    assert found.tasks["orders"] == 0  # WHERE wants an order
    assert "there is nothing to predict" in found.warnings[-1]
    everyone = bundle.spec.tasks["orders"].model_copy(update={"where": None})
    database = read_database(bundle.spec, gather_data(new), types=bundle.types)
    (text,) = compare_moment(
        database, {"orders": everyone}, {"orders": 250}, datetime(2024, 12, 30), is_given=True
    )
    assert text.startswith("tasks.orders: asked as of 2024-12-30 00:00:00, before the data about")
    assert not list(
        compare_moment(
            database, {"orders": everyone}, {"orders": 250}, datetime(2025, 12, 1), is_given=True
        )
    )


def test_the_moment_is_said_on_the_terminal_and_in_json(run, tmp_path):
    basic = (run.out, "--data", run.spec.parent, "--output", tmp_path / "p.csv")
    said = command(*basic, "--at", AT).stdout
    assert f"predictions, as of {AT} 00:00:00" in said
    assert "returned: " in said
    assert "predictions, each row at its own time" in said
    tree = json.loads(command(*basic, "--at", AT, "--json", "--task", "spend").stdout)
    assert tree["as_of"] == {"spend": f"{AT}T00:00:00"}


def test_far_from_the_data_every_task_says_that_it_has_no_rows(run, tmp_path):
    said = command(
        run.out,
        "--data",
        run.spec.parent,
        "--at",
        "2031-01-01",
        "--output",
        tmp_path / "p.csv",
        "--json",
        *("--task", "spend", "--task", "returned"),
    )
    tree = json.loads(said.stdout)
    assert tree["tasks"] == {"spend": 0, "returned": 0}
    assert len(tree["warnings"]) == len(tree["tasks"])
    for task in tree["tasks"]:
        assert f"Warning: tasks.{task}: there is nothing to predict" in said.stderr
    assert "orders 2025-01-" in said.stderr
    assert pd.read_csv(tmp_path / "p.csv").empty


def test_a_bundle_of_an_earlier_banian_predicts_and_says_that_it_cannot_compare(run, tmp_path):
    from banian.storage import write_sums

    old = tmp_path / "bundle"
    shutil.copytree(run.out / "bundle", old)
    (old / "profiles.json").unlink()
    tree = json.loads((old / "calibration.json").read_text())
    for one in tree.values():
        one.pop("mean", None)
    (old / "calibration.json").write_text(json.dumps(tree))
    write_sums(old)
    told = []
    found = banian.predict(
        load_bundle(old), run.spec.parent, at=AT, tasks="spend", warn=told.append
    )
    assert len(told) == 1
    assert "does not remember what its training data looked like" in told[0]
    assert found.rows["mean"].null_count == len(found) > 0


def test_a_finished_run_is_not_replaced_by_a_slip(run):
    spec = banian.load_spec(run.spec, overrides=("train.epochs=1",))
    before = (run.out / "bundle" / "SHA256SUMS").read_bytes(), (run.out / "log.jsonl").read_bytes()
    with pytest.raises(RunError, match="is finished") as caught:
        banian.fit(spec, run.spec.parent, run.out)
    assert "--overwrite" in caught.value.remedy
    with pytest.raises(RunError, match="nothing to resume"):
        banian.fit(spec, run.spec.parent, run.out, resume=True)
    after = (run.out / "bundle" / "SHA256SUMS").read_bytes(), (run.out / "log.jsonl").read_bytes()
    assert before == after


def test_a_bundle_says_what_it_is_in_a_line(bundle):
    tasks = "['repurchase', 'spend', 'orders', 'returned']"
    assert repr(bundle) == f"Bundle(shop='corner-shop', tasks={tasks})"


FRAMES = """
shop: frames
tables:
  orders: {key: order_id, time: ordered_at, links: {customer_id: customers}}
  customers: {from: orders, key: customer_id}
tasks:
  number: PREDICT COUNT(orders, 0, 30d) FOR EACH customers
split: {valid: 2025-09-01, test: 2025-11-01}
model: {sharing: {kind: shared_bottom, width: 4}, entity_width: 4, private_width: 4, tower_width: 4}
train: {epochs: 1, seeds: 1}
serve_with: joint
"""


@pytest.mark.usefixtures("quick_fit")
def test_frames_without_a_source_are_fitted_and_ids_come_back_as_they_were(frames, tmp_path):
    (tmp_path / "shop.yaml").write_text(FRAMES)
    spec = banian.load_spec(tmp_path / "shop.yaml")
    orders = frames["orders"][["order_id", "customer_id", "ordered_at", "price"]].copy()
    orders["customer_id"] = orders["customer_id"].str[1:].astype(int)
    data = {"orders": orders[orders["customer_id"] < 60]}
    result = banian.fit(spec, data, tmp_path / "run")
    assert repr(result).startswith(f"FitResult({str(result.bundle)!r}: number deviance ")
    found = banian.predict(result.bundle, data, at=AT).to_pandas()
    assert found["customer_id"].dtype == np.int64  # as in the frame
    assert set(found["customer_id"]) <= set(data["orders"]["customer_id"])
    with pytest.raises(TableError, match="there is no source"):
        banian.predict(result.bundle, tmp_path)


def test_a_column_that_differs_in_case_is_named(bundle, frames):
    renamed = {**frames, "orders": frames["orders"].rename(columns={"price": "Price"})}
    with pytest.raises(TableError, match=r"orders.price: is not there, and 'Price' is: rename it"):
        predict(bundle, renamed)
    renamed = {**frames, "orders": frames["orders"].rename(columns={"ordered_at": "Ordered_At"})}
    with pytest.raises(TableError, match=r"tables.orders.ordered_at \(there is 'Ordered_At'"):
        predict(bundle, renamed)


def test_of_tables_without_rows_it_is_said_that_they_have_none(bundle, frames):
    none = {name: pa.Table.from_pandas(frame).slice(0, 0) for name, frame in frames.items()}
    with pytest.raises(TableError, match=r"No table with a time has a row: .*orders"):
        predict(bundle, none, at=None, tasks="spend")
