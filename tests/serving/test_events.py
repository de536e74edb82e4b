"""Events that come over HTTP are known to whoever asks next, as if the store had been built with them."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep

import pandas as pd
import pytest
from services import KEEPING

import banian
from banian.features import read_index
from banian.features.live_store import LiveStore
from banian.serving.service import AUDIT
from banian.workflows import fold_events
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
    served = start(work=KEEPING)
    served.client.post("/v1/events", json={"orders": [order("x")]})
    live, come, go = served.service.events._known._live, Event(), Event()
    taken, add = [], live.add

    def wait(rows):
        come.set()
        go.wait(20)
        taken.append(rows["orders"]["order_id"].to_pylist())
        if "bad" in taken[-1]:
            raise banian.errors.TableError("3.5 is odd.", remedy="Write 3.75.")
        return add(rows)

    monkeypatch.setattr(LiveStore, "add", lambda _, rows: wait(rows))
    send = lambda name: served.client.post("/v1/events", json={"orders": [order(name)]})  # noqa: E731
    with ThreadPoolExecutor(6) as threads:
        sent = [threads.submit(send, "a")]
        assert come.wait(20)
        for name in ("b", "c", "c"):
            sent.append(threads.submit(send, name))
            end = monotonic() + 20
            while len(served.service.events._waiting) < len(sent) - 1 and monotonic() < end:
                sleep(0.005)
        go.set()
        said = [one.result().status_code for one in sent]
    assert said == [200, 200, 200, 200]
    assert taken == [["a"], ["b", "c"], ["c"]]  # a row that comes twice comes one after the other
    assert send("bad").status_code == 422


def test_a_service_that_takes_no_events_says_so(usual, monkeypatch):
    monkeypatch.setattr(usual.service.events, "_known", None)
    got = usual.client.post("/v1/events", json={"orders": [order("x1")]})
    assert got.status_code == 503
    assert "takes no events" in got.json()["problem"]


def test_rows_are_on_the_disk_before_anybody_is_told_and_are_read_from_there(start, run):
    first = start()
    before = (run / "store" / "store.json").read_bytes()
    told = first.client.post("/v1/events", json={"orders": [order("x1")]}).json()
    assert told["added"] == 1
    assert (run / "store" / "store.json").read_bytes() == before  # the log has it
    ask = {"task": "spend", "customer_id": "c00001"}
    again = start()  # as if the first had been killed
    assert again.service.holder.current.store == first.service.holder.current.store
    assert again.ask(ask).json()["answers"] == first.ask(ask).json()["answers"]
    first.service.events.close()
    assert read_index(run / "store").applied == 1
    assert banian.load(run).predict(ask).to_pandas()["value"].tolist() == [
        one["value"] for one in first.ask(ask).json()["answers"]
    ]
    assert again.service.holder.check() == "published"  # the store in which it is now
    assert again.ask(ask).json()["answers"] == first.ask(ask).json()["answers"]


def test_what_one_process_writes_another_knows_within_a_second(start):
    one, two = start(work=KEEPING), start(work=KEEPING)
    one.client.post("/v1/events", json={"orders": [order("x1", price=99.0)]})
    end = monotonic() + 5
    while two.service.holder.current.store != one.service.holder.current.store:
        assert monotonic() < end
        sleep(0.02)
    ask = {"task": "spend", "customer_id": "c00001"}
    assert two.ask(ask).json()["answers"] == one.ask(ask).json()["answers"]
    two.client.post("/v1/events", json={"orders": [order("x2", price=99.0)]})
    assert two.service.holder.current.store.endswith("+2")


def test_rows_that_are_sent_twice_under_one_key_are_taken_once(start):
    served = start(work=KEEPING)
    rows = {"orders": [order("x1")], "visits": []}
    send = lambda rows, key="k": served.client.post(  # noqa: E731
        "/v1/events", json=rows, headers={"Idempotency-Key": key}
    )
    assert send(rows).json()["repeated"] is False
    again = send(rows).json()
    assert (again["added"], again["repeated"], again["rows"]) == (0, True, {"orders": 1})
    assert served.service.holder.current.store.endswith("+1")
    other = send({"orders": [order("x2")]})
    assert other.status_code == 422
    assert "came before with other rows" in other.json()["problem"]
    assert (
        start(work=KEEPING)
        .client.post("/v1/events", json=rows, headers={"Idempotency-Key": "k"})
        .json()["repeated"]
    )  # another process, or this one after it was killed, remembers
    assert send(rows, "k" * 201).status_code == 400


def test_rows_that_have_to_be_read_among_all_rows_are_known_as_well(start, run):
    served = start()
    served.client.post("/v1/events", json={"orders": [order("x0")]})
    far = order("x1", price=3.14159265, ordered_at="1850-01-01")
    told = served.client.post("/v1/events", json={"orders": [far, order("x2", price=0.125)]}).json()
    assert (told["added"], told["aside"]) == (1, 1)
    assert read_index(run / "store").applied == 2
    ask = {"task": "spend", "customer_id": "c00001"}
    assert (
        served.ask(ask).json()["answers"][0]["value"]
        == (banian.load(run).predict(ask).to_pandas()["value"][0])
    )


def test_features_age_while_nothing_comes(start, model):
    served = start()
    served.client.post("/v1/events", json={"orders": [order("x1")]})
    at = "2026-01-29T10:00"  # a month after the last event
    asks = [{"grain": "customers", "customer_id": f"c{who:05}", "at": at} for who in range(1, 9)]
    said = served.ask(*asks).json()["answers"]
    served.service.events.close()
    expected = banian.load(served.service.settings.run).predict(asks).to_pandas()
    assert [one["value"] for one in said] == expected["value"].tolist()
    now = served.ask(*({**one, "at": "2025-12-30T10:00"} for one in asks)).json()["answers"]
    assert [one["value"] for one in now] != [one["value"] for one in said]


def test_rows_that_are_refused_when_they_are_taken_in_leave_nothing_behind(start, monkeypatch):
    def refuse(database, *rest, **named):
        if 66.0 in map(float, database.tables["orders"].rows["price"].to_pyarrow().to_pylist()):
            raise banian.errors.TableError("66.0 is odd.", remedy="Write 67.")
        return append(database, *rest, **named)

    append, served = fold_events.append_database, start(deadline=30.0)
    monkeypatch.setattr(fold_events, "append_database", refuse)
    monkeypatch.setattr(LiveStore, "add", lambda *_: None)  # all is read among all rows
    send = lambda name, **said: served.client.post(  # noqa: E731
        "/v1/events",
        json={"orders": [order(name, **said)]},
        headers={"Idempotency-Key": f"{name}{said}"},
    )
    for _ in "twice":  # not one that came before: nothing of it was taken
        refused = send("x1", price=66.0)
        assert refused.status_code == 422
        assert refused.json()["problem"] == "*** is odd."
    with ThreadPoolExecutor(4) as threads:  # each is told what became of its own rows
        prices = (1.0, 66.0, 2.0, 66.0)
        sent = [threads.submit(send, f"y{at}", price=one) for at, one in enumerate(prices)]
        assert [one.result().status_code for one in sent] == [200, 422, 200, 422]
    monkeypatch.undo()
    assert send("x1", price=2.5).json()["added"] == 1
    assert served.client.post("/v1/events", json={}).json()["rows"] == {}
