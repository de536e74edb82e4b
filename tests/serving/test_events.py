"""Events that come over HTTP are known to whoever asks next, as if the store had been built with them."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep

import pandas as pd
import pytest

import banian
from banian.serving.service import AUDIT
from banian.workflows.store import store


def order(name: str, **said) -> dict:
    row = {"order_id": name, "customer_id": "c00001", "ordered_at": "2025-12-29T10:00+02:00"}
    return {**row, "channel": "home", "quantity": 1, "price": 3.5, **said}


def test_what_came_is_known_to_who_asks_next(start, run, stored, tmp_path):
    served = start()
    newcomer = {"customer_id": "new", "joined_at": "2025-12-28", "country": "FR"}
    got = served.client.post(
        "/v1/events",
        json={"orders": [order("x1"), order("x2", customer_id="new")], "customers": [newcomer]},
    )
    told = got.json()
    assert (got.status_code, told["added"], told["replaced"], told["aside"]) == (200, 3, 0, 0)
    current = served.service.holder.current
    assert told["store"] == current.store
    asks = [{"grain": "customers", "customer_id": who} for who in ("c00001", "new", "c00002")]
    said = pd.DataFrame(served.ask(*asks).json()["answers"])
    assert not said["cold"].map(len).any()
    by_file = shutil.copytree(stored, tmp_path / "by_file")
    files = tmp_path / "files"
    files.mkdir()
    rows = [order("x1"), order("x2", customer_id="new")]
    pd.DataFrame(rows).to_csv(files / "orders.csv", index=False)
    pd.DataFrame([newcomer]).to_csv(files / "customers.csv", index=False)
    store(by_file, files, append=True, force=True, warn=lambda _: None)
    expected = banian.load(by_file).predict(asks).to_pandas()
    assert said["value"].tolist() == expected["value"].tolist()
    assert (
        said["cutoff"].tolist() == expected["cutoff"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f").tolist()
    )
    again = served.client.post("/v1/events", json={"orders": [order("x1")]}).json()
    assert (again["added"], again["replaced"]) == (0, 0)  # a row that is known is not taken twice
    events = [json.loads(line)["event"] for line in (run / AUDIT).read_text().splitlines()]
    assert events == ["start", "publish", "events", "events"]


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ({"ordres": [order("x1")]}, "There is no table 'ordres'"),
        ({"orders": [order("x1", colour="red")]}, "row 0 of orders: there is no column 'colour'"),
        ({"orders": [order("x1"), {"order_id": "x2"}]}, "row 1 of orders has no ordered_at"),
        ({"orders": [order("x1", price="ann@example.org")]}, "row 0 of orders: price is ***"),
        ({"orders": [order("x1", amount=3.0)]}, "there is no column 'amount'"),
    ],
)
def test_rows_that_are_not_those_of_their_table_are_refused(usual, tables, problem, monkeypatch):
    monkeypatch.setattr(
        usual.service.events._known, "take", lambda *_: pytest.fail("it was written")
    )
    got = usual.client.post("/v1/events", json=tables)
    assert got.status_code == 422
    assert problem in got.json()["problem"]
    assert "example.org" not in got.text + usual.log.getvalue()


def test_those_that_come_while_others_are_written_are_written_together(start, monkeypatch):
    from banian.serving.append_events import AppendedRows

    served = start()
    written, come, go = [], Event(), Event()

    def append(_, tables):
        come.set()
        go.wait(20)
        written.append(tables["orders"]["order_id"].to_pylist())
        if "bad" in written[-1]:
            raise banian.errors.TableError("3.5 is odd.", remedy="Write 3.75.")
        return AppendedRows(len(written[-1]), 0, 0)

    monkeypatch.setattr(served.service.events, "_append", append)
    send = lambda name: served.client.post("/v1/events", json={"orders": [order(name)]})  # noqa: E731
    with ThreadPoolExecutor(6) as threads:
        sent = [threads.submit(send, "a")]
        assert come.wait(20)
        for name in ("b", "c", "bad", "c"):
            sent.append(threads.submit(send, name))
            end = monotonic() + 20
            while len(served.service.events._waiting) < len(sent) - 1 and monotonic() < end:
                sleep(0.005)
        go.set()
        said = [one.result().status_code for one in sent]
    assert said == [200, 200, 200, 422, 200]
    assert written == [["a"], ["b", "c", "bad"], ["b"], ["c"], ["bad"], ["c"]]


def test_a_service_that_takes_no_events_says_so(usual, monkeypatch):
    monkeypatch.setattr(usual.service.events, "_known", None)
    got = usual.client.post("/v1/events", json={"orders": [order("x1")]})
    assert got.status_code == 503
    assert "takes no events" in got.json()["problem"]
