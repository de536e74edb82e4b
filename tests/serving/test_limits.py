"""What strangers may send: no request makes the service fail, and no refusal or log repeats a value."""

import json

import pyarrow as pa
import pytest

from banian.serving.answer_body import MEDIA

SECRET = "ann@example.org"


def send(served, body: bytes | str, media: str = "application/json", accept: str = "*/*"):
    data = body.encode() if isinstance(body, str) else body
    headers = {"Content-Type": media, "Accept": accept}
    return served.client.post("/v1/predict", content=data, headers=headers)


def refused(got, status: int, problem: str) -> None:
    assert got.status_code == status, got.text
    assert got.headers["content-type"] == "application/problem+json"
    told = got.json()
    assert problem in told["problem"]
    assert told["remedy"]
    assert told["request_id"] == got.headers["x-request-id"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('{"asks": [', "Expecting value"),
        ("[]", "it is not an object"),
        ('{"asks": {"task": "spend"}}', "no list of asks"),
        ('{"asks": [], "more": 1}', "1 members that it cannot have"),
        ('{"asks": [], "tasks": "spend"}', "tasks is no list of names"),
        ('{"asks": [1]}', "row 0 is not an object"),
        ('{"asks": [{"task": "spend", "customer_id": NaN}]}', "NaN is no number"),
        ('{"asks": [{"task": "spend", "customer_id": -Infinity}]}', "-Infinity is no number"),
        ('{"asks": [{"task": "spend", "task": "orders"}]}', "'task' twice"),
        ('{"asks": [{"customer_id": ' + "9" * 5000 + "}]}", "too many digits"),
        ("[" * 100_000, "nested too deep"),
        (b'{"asks": [{"task": "\xff"}]}', "not UTF-8"),
    ],
)
def test_what_is_no_json_of_asks_is_refused(usual, body, problem):
    refused(send(usual, body), 400, problem)


def test_too_much_is_refused(usual):
    ask = {"task": "spend", "customer_id": "c00001"}
    refused(usual.ask(*[ask] * 2001), 413, "2,001 rows")
    refused(usual.ask({**ask, "country": "x" * 1001}), 413, "A text of row 0")
    wide = [{f"{row}-{column}": 1 for column in range(20)} for row in range(100)]
    refused(usual.ask(*wide), 413, "more than 1,000 columns")
    refused(usual.ask({"x" * 300: 1}), 413, "name of a column")
    large = json.dumps({"asks": [], "pad": "x" * 2**23})
    refused(send(usual, large), 413, "more than 8,388,608 bytes")

    def parts():
        for _ in range(9):
            yield b" " * 2**20

    refused(usual.client.post("/v1/predict", content=parts()), 413, "bytes")


def test_forms_that_are_not_known_are_refused(usual):
    refused(send(usual, "x", media="text/csv"), 415, "not taken in this form")
    refused(send(usual, '{"asks": []}', accept="text/html"), 406, "not given in that form")
    refused(usual.client.get("/v1/predict"), 405, "Not Allowed")
    refused(usual.client.get("/v2"), 404, "Not Found")


def stream(table: pa.Table, **options) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as to:
        to.write_table(table)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("table", "status", "problem"),
    [
        ({"quantity": [float("nan")]}, 400, "NaN or infinite"),
        ({"quantity": [None, float("inf")]}, 400, "NaN or infinite"),
        ({"quantity": pa.array([{"a": 1}])}, 400, "no type of a column"),
        ({"quantity": pa.nulls(3)}, 400, "no type of a column"),
        ({"channel": pa.array(["a"]).dictionary_encode()}, 400, "dictionaries are not taken"),
        ({"quantity": pa.array([1] * 2001)}, 413, "2,001 rows"),
        ({"channel": ["x" * 1001]}, 413, "characters"),
        ({f"c{at}": [1] for at in range(1001)}, 413, "more than 1,000 columns"),
    ],
)
def test_what_is_no_arrow_of_asks_is_refused(usual, table, status, problem):
    refused(send(usual, stream(pa.table(table)), MEDIA["arrow"]), status, problem)


def test_a_small_stream_that_would_become_large_is_refused_before_it_is_unpacked(usual):
    bomb = stream(pa.table({"channel": ["x" * 10_000_000]}), compression="zstd")
    assert len(bomb) < 10_000
    refused(send(usual, bomb, MEDIA["arrow"]), 400, "compressed columns are not taken")


def test_a_stream_that_is_cut_or_garbled_anywhere_is_refused_or_answered(usual):
    whole = stream(pa.table({"task": ["spend"], "customer_id": ["c00001"]}))
    assert send(usual, whole, MEDIA["arrow"]).status_code == 200
    for at in range(0, len(whole), 61):
        cut = send(usual, whole[:at], MEDIA["arrow"])
        garbled = send(usual, whole[:at] + b"\xff\x7f" + whole[at + 2 :], MEDIA["arrow"])
        assert {cut.status_code, garbled.status_code} <= {200, 400, 413, 422}


@pytest.mark.parametrize(
    "ask",
    [
        {"task": "returned", "price": SECRET},
        {"task": "returned", "ordered_at": SECRET},
        {"task": "spend", "customer_id": "c00001", "at": SECRET},
        {"task": "spend", "customer_id": [SECRET]},
        {"task": "returned", "quantity": {"a": SECRET}},
        {"task": "returned", "quantity": SECRET * 60},
        {"task": "returned", "at": "2025-01-01", "ordered_at": "1987-06-05T04:03:02.123"},
        {"task": "returned", "returned": 8716253},
    ],
)
def test_no_refusal_and_no_log_repeats_a_value(usual, ask):
    got = usual.ask({"task": "spend", "customer_id": "c00002"}, ask)
    assert got.status_code == 422
    assert got.json()["problem"].startswith("ask 1")
    for text in (got.text, usual.log.getvalue()):
        assert not any(part in text for part in ("example.org", "1987-06-05", "8716253"))


def test_what_does_not_exist_is_named_with_what_does(usual):
    refused(usual.ask({"task": "spent", "customer_id": "x"}), 422, "there is no task 'spent'")
    got = usual.ask({"task": "spend", "customer_id": "x", "city": "y"})
    refused(got, 422, "customers has no column 'city'")
    assert "country" in got.json()["remedy"]
    got = usual.client.post("/v1/predict", json={"asks": [], "tasks": ["spent"]})
    refused(got, 422, "no task 'spent'")
