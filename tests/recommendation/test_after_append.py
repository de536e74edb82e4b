"""What is appended to a store is known to who recommends: items that changed or came, and what was bought since."""

import shutil

import pyarrow as pa
import pytest

import banian
from banian.features.entity_events import event_paths, read_events
from banian.features.stored_catalogue import read_catalogue, sample_catalogue
from banian.recommendation import Recommender, Wish
from banian.workflows.store import store

NEW = {
    "product_id": ["p7", "p99"],
    "since": ["2025-01-01", "2025-02-01"],
    "title": ["Thing 7, mended", "Thing 99"],
    "kind": ["kind 3", "kind 9"],
    "price": ["1.5", "2.5"],
    "in_stock": ["true", "true"],
    "merchant_id": ["m1", "m1"],
}
SOLD = {
    "sale_id": ["90001", "90002"],
    "customer_id": ["c3", "c3"],
    "product_id": ["p99", "p2"],
    "at": ["2025-08-01T10:00", "2025-08-02T10:00"],
    "place": ["home", "home"],
    "price": ["2.5", "10.0"],
}


@pytest.fixture(scope="module")
def appended(item_run, tmp_path_factory):
    run = shutil.copytree(item_run, tmp_path_factory.mktemp("appended") / "run")
    tables = {"products": pa.table(NEW), "sales": pa.table(SOLD)}
    store(run, tables, append=True, force=True, warn=lambda _: None)
    return banian.load(run)


def test_a_row_that_came_again_replaces_and_a_new_one_is_added(appended, predictor):
    columns = ["title", "price"]
    before = read_catalogue(predictor.store.folder, "products", "product_id", columns)
    after = read_catalogue(appended.store.folder, "products", "product_id", columns)
    old = {row["product_id"]: row for row in before.to_pylist()}
    now = {row["product_id"]: row for row in after.to_pylist()}
    assert len(after) == len(now) == len(old) + 1
    assert {key for key in old if old[key] != now[key]} == {"p7"}
    assert (now["p7"]["title"], float(now["p7"]["price"])) == ("Thing 7, mended", 1.5)
    assert now["p99"]["title"] == "Thing 99"
    few = sample_catalogue(appended.store.folder, "products", ["product_id"], most=5)
    assert few["product_id"].to_pylist() == ["p0", "p1", "p2", "p3", "p4"]


def test_events_of_all_segments_are_read_the_newest_first(appended, predictor):
    path = event_paths(appended.spec, "customers")["sales"]
    keys = pa.array(["c3", "c5", None, "nobody"])
    at = pa.array([2**62] * 4).to_numpy()
    before = read_events(predictor.store, "customers", path, keys, at)
    after = read_events(appended.store, "customers", path, keys, at)
    mine = after.ask == 0
    assert after.columns["product_id"].to_pylist()[:2] == ["p2", "p99"]
    assert mine.sum() == (before.ask == 0).sum() + 2
    assert after.at[~mine].tolist() == before.at[before.ask != 0].tolist()
    assert set(after.ask.tolist()) == {0, 1}
    two = read_events(appended.store, "customers", path, keys, at, most=2)
    assert two.at.tolist() == [*after.at[mine][:2], *after.at[after.ask == 1][:2]]


def test_a_new_item_can_be_recommended_and_is_left_out_once_it_was_bought(appended):
    recommender = Recommender(appended)

    def shown(**said) -> set[str]:
        found = recommender.recommend(Wish({"customer_id": "c3"}, k=100, task="buy", **said))
        return {one.item for one in found.found}

    assert "p99" in shown()
    assert shown() - shown(not_in={"sales": 30.0}) >= {"p99", "p2"}
