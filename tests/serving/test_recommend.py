"""Recommendations and entities over HTTP: what keys may see, what is refused, what a client is told."""

import io
import os
import shutil

import pytest
from item_shop import fit_item_shop
from services import listening

import banian
from banian.errors import ServiceError
from banian.recommendation import Recommender, Wish
from banian.schema.keyed_hash import KEY
from banian.serving.keys import add_key
from banian.serving.service import Service
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings

PRODUCTS = {"m0": {f"p{one}" for one in range(0, 40, 3)}}


@pytest.fixture(scope="module")
def items(make_once, tmp_path_factory):
    """Two services of the shop with items, one that asks for keys; and the keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, KEY, "a secret of thirty-two letters or more")
        fitted = make_once("item-shop", fit_item_shop)
        folder = tmp_path_factory.mktemp("items")
        run = shutil.copytree(fitted / "run", folder / "run")
        keys = {
            name: {"Authorization": f"Bearer {add_key(folder / 'keys.json', name, scope=scope)}"}
            for name, scope in {
                "all": {},
                "buy": {"tasks": ("click", "buy")},
                "demand": {"tasks": ("demand",)},
                "m0": {"merchants": ("m0",)},
                "c1": {"customers": ("c1",)},
            }.items()
        }
        log = io.StringIO()
        usual = ServiceSettings(run=run, deadline=30.0, watch=3600.0)
        locked = ServiceSettings(run=run, deadline=30.0, watch=3600.0, keys=folder / "keys.json")
        with (
            listening(Service(usual, None, ServiceLog(log)), log) as open_,
            listening(Service(locked, None, ServiceLog(log)), log) as closed,
        ):
            yield open_, closed, keys


def wish(served, key=None, **body):
    return served.client.post("/v1/recommend", json=body, headers=key)


def test_over_http_one_is_told_what_the_recommender_says(items):
    served, _, _ = items
    current = served.service.holder.current
    expected = Recommender(current.predictor).recommend(
        Wish({"customer_id": "c3"}, k=4, task="buy", scene="home", diversity=0.3)
    )
    with banian.Client(str(served.client.base_url)) as client:
        told = client.recommend(customer_id="c3", k=4, task="buy", scene="home", diversity=0.3)
        assert [one["item"] for one in told["items"]] == [one.item for one in expected.found]
        assert told["items"][0]["reasons"] == list(expected.found[0].reasons)
        assert told["items"][0]["score"] == pytest.approx(expected.found[0].score)
        assert (told["model"], told["store"]) == (current.version, current.store)
        assert told["ranked_by"] == ["click", "buy"]
        with pytest.raises(ServiceError, match="not said for whom"):
            client.recommend(k=3, task="buy")


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"customer_id": "c1", "k": 0}, 400, "k is no whole number"),
        ({"customer_id": "c1", "diversity": 2}, 400, "diversity is no number"),
        ({"customer_id": "c1", "filters": {"price": {"above": 3}}}, 400, "other members"),
        ({"customer_id": "c1", "filters": {"price": []}}, 400, "neither a value"),
        ({"customer_id": ["c1"]}, 400, "no value"),
        ({"customer_id": "c1", "filters": {"colour": "red"}}, 422, "no column 'colour'"),
        ({"customer_id": "c1", "task": "demand"}, 422, "ranks no items"),
        ({"customer_id": "c1", "at": "ann@example.org"}, 422, "*** is no moment"),
        ({"customer_id": "c1", "city": "ann@example.org", "task": "buy"}, 422, "no column"),
        ({}, 422, "not said for whom"),
        ({"custmer_id": "c1", "task": "buy"}, 422, "nothing is called 'custmer_id'"),
        ({"customer_id": "c1", "diversty": 0.3}, 422, "'diversty' is no member of a wish"),
    ],
)
def test_what_is_no_wish_is_refused_and_no_value_repeated(items, body, status, problem):
    got = wish(items[0], **body)
    assert got.status_code == status, got.text
    assert problem in got.json()["problem"]
    assert "example.org" not in got.text + items[0].log.getvalue()


def test_a_misspelled_name_is_named_beside_what_was_meant_and_what_there_is(items):
    told = wish(items[0], custmer_id="c1", task="buy").json()
    assert told["remedy"].startswith("Did you mean 'customer_id'? There are: ")
    assert "diversity, filters" in told["remedy"]
    told = wish(items[0], customer_id="c1", task="buy", diversty=0.3).json()
    assert told["remedy"].startswith("Did you mean 'diversity'? There are: ")
    assert "price" in told["remedy"]


def test_where_events_are_away_recommendations_say_so_as_answers_do(items, monkeypatch):
    served = items[0]
    assert "degraded" not in wish(served, customer_id="c1").json()
    monkeypatch.setattr(served.service.holder, "degraded", ("events", "behind"))
    assert wish(served, customer_id="c1").json()["degraded"] == ["events", "behind"]
    ask = {"task": "demand", "product_id": "p3"}
    assert served.ask(ask).json()["degraded"] == ["events", "behind"]


def test_a_shop_that_ranks_nothing_says_what_it_would_need(usual):
    got = usual.client.post("/v1/recommend", json={"customer_id": "c00001"})
    assert got.status_code == 422
    assert "LIST_DISTINCT" in got.json()["remedy"]


def test_keys_are_told_of_their_tasks_and_of_what_is_theirs(items):
    _, served, keys = items
    assert wish(served, None, customer_id="c1").status_code == 401
    assert wish(served, keys["all"], customer_id="c1").json()["ranked_by"] == ["next"]
    assert wish(served, keys["buy"], customer_id="c1").json()["ranked_by"] == ["click", "buy"]
    assert wish(served, keys["buy"], customer_id="c1", task="next").status_code == 403
    assert wish(served, keys["demand"], customer_id="c1").status_code == 422
    told = wish(served, keys["m0"], customer_id="c1", task="buy", k=100).json()
    assert {one["item"] for one in told["items"]} == PRODUCTS["m0"]
    said = " ".join(reason for one in told["items"] for reason in one["reasons"])
    named = {
        f"p{word.strip(',')}" for word in said.split("Thing ")[1:] for word in [word.split()[0]]
    }
    assert named <= PRODUCTS["m0"]
    assert wish(served, keys["c1"], customer_id="c1", task="buy").status_code == 200
    assert wish(served, keys["c1"], customer_id="c2", task="buy").status_code == 403


def test_what_is_known_of_somebody_is_told_without_personal_data_or_later_columns(items):
    served, _, _ = items
    told = served.client.get("/v1/entities/customers/c3").json()
    assert told["known"]
    assert set(told["row"]) == {"country"}
    assert set(told["events"]) == {"views", "sales"}
    times = [row["at"] for row in told["events"]["views"]]
    assert times == sorted(times, reverse=True)
    assert 10 < len(times) <= 20
    had = {"clicked", "bought", "stayed"}  # known with their rows, as the spec says
    assert set(told["events"]["views"][0]) == {"at", "product_id", "place", "price", *had}
    nobody = served.client.get("/v1/entities/customers/nobody").json()
    assert (nobody["known"], nobody["row"]) == (False, {})
    assert served.client.get("/v1/entities/nothing").status_code == 422
    assert served.client.get("/v1/entities/views/3").status_code == 422


def test_some_are_named_to_be_asked_about(items):
    served, _, _ = items
    told = served.client.get("/v1/entities/customers").json()
    assert len(told["examples"]) == 12
    assert set(told["examples"][0]) == {"customer_id"}
    rows = served.client.get("/v1/entities/views").json()["examples"]
    assert set(rows[0]) == {"customer_id", "product_id", "place", "price"}
    got = served.ask({"grain": "rows of views", **rows[0]})
    assert got.status_code == 200


def test_keys_look_only_at_what_they_are_for(items):
    _, served, keys = items

    def status(key: str, path: str) -> int:
        return served.client.get(path, headers=keys[key]).status_code

    assert status("all", "/v1/entities/customers/c3") == 200
    assert status("buy", "/v1/entities/customers/c3") == 200
    assert status("demand", "/v1/entities/customers/c3") == 403
    assert status("demand", "/v1/entities/products/p3") == 200
    assert status("c1", "/v1/entities/customers/c1") == 200
    assert status("c1", "/v1/entities/customers/c3") == 403
    assert status("m0", "/v1/entities/customers/c3") == 403
    assert served.client.get("/v1/entities/customers").status_code == 401
