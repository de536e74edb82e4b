"""Asked one by one, a model says what it says of whole tables; and it answers about rows that are in no table."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import banian
from banian.bundle import save_bundle
from banian.errors import AskError, BundleError, SpecError, TableError
from banian.inference import served_values
from banian.spec import ShopSpec
from banian.workflows.store import store

AT = "2025-11-01"
ANSWER = ["value", "mean", "lower", "upper", "choice"]


@pytest.mark.parametrize("task", ["repurchase", "spend", "orders"])
def test_a_customer_is_told_what_the_table_says_of_him(model, usual, task):
    rows = usual.to_pandas().query("task == @task").head(40).reset_index()
    asks = [{"task": task, "customer_id": who, "at": AT} for who in rows["customer_id"]]
    said = model.predict(asks).to_pandas()
    assert said["customer_id"].tolist() == rows["customer_id"].tolist()
    pd.testing.assert_frame_equal(said[ANSWER], rows[ANSWER])
    alone = pd.concat([model.predict(ask).to_pandas() for ask in asks[:5]], ignore_index=True)
    np.testing.assert_allclose(alone["value"], said["value"][:5], rtol=1e-5)
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
    assert said[1] == pytest.approx(said[2], rel=1e-6)
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
    assert said[0] == pytest.approx(said[1], rel=1e-6)
    assert said[0] != pytest.approx(said[2], rel=1e-5)


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


def test_what_nobody_knows_yet_is_served_as_declared(model, run, lines, tmp_path):
    served = {"orders": {"price": 5.0, "quantity": None}}
    spec = ShopSpec.model_validate({**model.spec.model_dump(by_alias=True), "serve": served})
    save_bundle(replace(model.bundle, spec=spec), tmp_path / "bundle")
    store(tmp_path, run.spec.parent)
    serving = banian.load(tmp_path)
    for line in lines[:5]:
        said = {name: line[name] for name in ("task", "ordered_at", "customer_id")}
        written = said | {"price": 5.0}
        bare, whole = (serving.predict(ask).to_pandas()["value"][0] for ask in (said, written))
        assert bare == model.predict(written).to_pandas()["value"][0]
        assert whole == bare != model.predict(said).to_pandas()["value"][0]
        dear = serving.predict(said | {"price": 200.0}).to_pandas()["value"][0]
        assert dear == model.predict(written | {"price": 200.0}).to_pandas()["value"][0]


@pytest.mark.parametrize(
    ("served", "problem"),
    [
        ({"prize": 1}, "serve.orders.prize: orders has no such column"),
        ({"price": "dear"}, "serve.orders.price is 'dear', and in training it was a"),
        (
            {"price": "customers.country"},
            "serve.orders.price: price is .*, and customers.country is text",
        ),
        ({"price": "customers.land"}, "serve.orders.price: customers has no column .land."),
    ],
)
def test_what_cannot_be_served_is_refused(model, served, problem):
    spec = ShopSpec.model_validate(
        {**model.spec.model_dump(by_alias=True), "serve": {"orders": served}}
    )
    with pytest.raises(SpecError, match=problem):
        served_values(spec, model.bundle.types, "orders")


@pytest.mark.parametrize(
    ("served", "problem"),
    [
        ({"customers": {"country": "FR"}}, "serve.customers: no task is about rows of 'customers'"),
        ({"orders": {"ordered_at": "2025-01-01"}}, "serve.orders.ordered_at: keys, times, links"),
        ({"orders": {"amount": 1}}, "serve.orders.amount: the column is computed from others"),
    ],
)
def test_what_every_ask_brings_or_computes_is_not_served(model, served, problem):
    with pytest.raises(ValueError, match=problem):
        ShopSpec.model_validate({**model.spec.model_dump(by_alias=True), "serve": served})


def test_a_column_that_is_served_absent_and_never_was_in_training_is_remarked(run):
    spec = banian.load_spec(run.spec, overrides=("serve.orders.price=null", *run.settings))
    report = banian.check(spec, run.spec.parent)
    assert any(
        text.startswith("serve.orders.price: it is absent whenever") for text in report.remarks
    )
