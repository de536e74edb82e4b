"""What is answered over HTTP is what `Predictor.predict` says, in every form, alone or beside others."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from banian.serving.answer_body import MEDIA

PEOPLE = [f"c{who:05}" for who in range(0, 250, 5)]
NUMBERS = ["value", "mean", "lower", "upper"]


def mixed_asks() -> list[dict]:
    asks: list[dict] = [{"grain": "customers", "customer_id": who} for who in PEOPLE]
    asks[3]["at"], asks[4]["country"] = "2025-06-01", "PL"
    asks[7:7] = [
        {"task": "returned", "customer_id": who, "quantity": 2, "price": 9.5, "channel": "home"}
        for who in (*PEOPLE[:9], "nobody")
    ]
    return asks


def same(said: pd.DataFrame, expected: pd.DataFrame) -> None:
    plain = ["task", "customer_id", "ask", "eligible"]
    pd.testing.assert_frame_equal(
        said[plain].astype(object), expected[plain].astype(object), check_index_type=False
    )
    for name in NUMBERS:
        np.testing.assert_allclose(
            said[name].astype(float), expected[name].astype(float), rtol=1e-6
        )
    assert [list(one) for one in said["cold"]] == [list(one) for one in expected["cold"]]


@pytest.mark.parametrize("form", ["rows", "columns", "arrow"])
def test_over_http_one_is_told_what_the_model_says(usual, model, form):
    asks = mixed_asks()
    expected = model.predict(asks).to_pandas()
    got = usual.ask(*asks, Accept=MEDIA[form])
    assert got.status_code == 200
    assert got.headers["content-type"] == MEDIA[form]
    match form:
        case "rows":
            told = got.json()
            said = pd.DataFrame(told["answers"])
        case "columns":
            told = got.json()
            said = pd.DataFrame(told["columns"])
        case "arrow":
            table = pa.ipc.open_stream(got.content).read_all()
            told = json.loads(table.schema.metadata[b"banian"])
            said = table.to_pandas()
    same(said, expected)
    current = usual.service.holder.current
    assert (told["model"], told["store"]) == (current.version, current.store)
    assert said["cutoff"].astype("datetime64[us]").tolist() == expected["cutoff"].tolist()


def test_asks_in_arrow_are_told_the_same(usual, model):
    asks = pa.table({"customer_id": PEOPLE, "at": ["2025-10-01"] * len(PEOPLE)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, asks.schema) as writer:
        writer.write_table(asks)
    got = usual.client.post(
        "/v1/predict?tasks=spend,orders",
        content=sink.getvalue().to_pybytes(),
        headers={"Content-Type": MEDIA["arrow"]},
    )
    expected = model.predict(asks, tasks=["spend", "orders"]).to_pandas()
    same(pd.DataFrame(got.json()["answers"]), expected)


def test_many_at_once_are_answered_together_and_each_as_if_alone(usual, model):
    asks = mixed_asks()
    several = [asks[start::8] for start in range(8)]
    alone = [model.predict(one).to_pandas() for one in several]
    before = usual.service.measures.registry.get_sample_value("banian_batch_requests_count")
    with ThreadPoolExecutor(8) as threads:
        for _ in range(2):
            got = list(threads.map(lambda one: usual.ask(*one), several))
            for one, expected in zip(got, alone, strict=True):
                same(pd.DataFrame(one.json()["answers"]), expected)
    after = usual.service.measures.registry.get_sample_value("banian_batch_requests_count")
    assert after - before < 16


def test_who_asks_nothing_is_told_so(usual):
    assert usual.ask().json()["warnings"] == ["there are no asks, and so no answers"]
    assert usual.ask().json()["answers"] == []


def test_the_facts_name_what_can_be_asked(usual):
    told = usual.client.get("/v1/tasks").json()
    assert [one["task"] for one in told["tasks"]] == ["repurchase", "spend", "orders", "returned"]
    assert told["grains"]["customers"]["columns"]["country"] == "text"
    assert usual.client.get("/v1/model").json()["shop"] == "corner-shop"
    assert usual.client.get("/readyz").json()["ready"]
    assert usual.client.get("/healthz").json() == {"alive": True}


def test_what_was_asked_is_measured(usual):
    usual.ask({"task": "spend", "customer_id": "nobody"})
    text = usual.client.get("/metrics").text
    for name in (
        'banian_stage_seconds_count{stage="features"}',
        'banian_stage_seconds_count{stage="network"}',
        'banian_prediction_bucket_total{le="+Inf",task="spend"}',
        'banian_cold_answers_total{task="spend"}',
        "banian_queue_depth",
        "banian_feature_age_seconds",
        "banian_batch_asks_count",
    ):
        (line,) = [line for line in text.splitlines() if line.startswith(name)]
        assert float(line.split()[-1]) > 0 or name == "banian_queue_depth"


def test_the_id_of_a_request_comes_back_and_stands_in_the_log(usual):
    got = usual.ask({"task": "spend", "customer_id": "c00001"}, **{"X-Request-Id": "abc-1"})
    assert got.headers["x-request-id"] == "abc-1"
    assert [one["asks"] for one in usual.lines if one.get("request_id") == "abc-1"] == [1]
    odd = usual.ask({"task": "spend"}, **{"X-Request-Id": "two words"})
    assert odd.json()["request_id"] == odd.headers["x-request-id"] != "two words"


def test_of_an_amount_that_never_was_negative_nobody_is_told_a_negative_one(model, usual):
    tower = model.bundle.grains["customers"].tasks["spend"]
    assert tower.floor == 0.0
    asks = [{"task": "spend", "customer_id": f"c{who:05}"} for who in range(250)]
    for one in usual.ask(*asks).json()["answers"]:
        assert 0 <= one["lower"] <= one["value"] <= one["upper"]
