"""Who may ask what, and how much of it."""

import json
import stat

import pyarrow.parquet as pq
import pytest

from banian.errors import RunError, SpecError
from banian.serving.keys import (
    KeyRing,
    add_key,
    audit_of,
    digest_of,
    read_keys,
    read_scope,
    revoke_key,
)
from banian.serving.settings import ServiceSettings

ASK = {"task": "spend", "customer_id": "c00001"}


def test_of_a_key_only_its_hash_is_kept_and_only_its_owner_reads_the_file(tmp_path):
    file = tmp_path / "keys.json"
    secret = add_key(file, "ann", scope=read_scope(["tasks=spend"]))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(audit_of(file).stat().st_mode) == 0o600
    assert secret not in file.read_text() + audit_of(file).read_text()
    (key,) = read_keys(file)
    assert key.digest == digest_of(secret)
    assert KeyRing(file).find(secret) == key
    assert KeyRing(file).find(secret[:-1]) is None
    with pytest.raises(RunError, match="There is a key 'ann' already"):
        add_key(file, "ann", scope={})


def test_a_key_that_is_taken_back_opens_nothing_and_stays_listed(tmp_path):
    file = tmp_path / "keys.json"
    secret = add_key(file, "ann", scope={})
    revoke_key(file, "ann")
    assert KeyRing(file).find(secret) is None
    assert read_keys(file)[0].revoked_at is not None
    with pytest.raises(RunError, match="There is no key 'ann'"):
        revoke_key(file, "ann")
    again = add_key(file, "ann", scope={})
    assert KeyRing(file).find(again) is not None
    said = [json.loads(line)["event"] for line in audit_of(file).read_text().splitlines()]
    assert said == ["key added", "key revoked", "key added"]


def test_a_ring_of_keys_follows_its_file_and_a_broken_file_opens_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("banian.serving.keys._LOOK", 0.0)
    file = tmp_path / "keys.json"
    first = add_key(file, "ann", scope={})
    ring = KeyRing(file)
    second = add_key(file, "bob", scope={})
    assert ring.find(second) is not None
    revoke_key(file, "ann")
    assert ring.find(first) is None
    file.write_text("{")
    assert ring.find(second) is None
    with pytest.raises(RunError, match="it is not what banian keys writes"):
        KeyRing(file)


@pytest.mark.parametrize("text", ["spend", "tasks=", "=spend", "tasks=spend,,"])
def test_a_scope_without_a_name_or_a_value_is_refused(text):
    with pytest.raises(SpecError, match="without a name or without a value"):
        read_scope([text])


def test_a_service_that_others_can_reach_asks_for_keys(run, tmp_path):
    with pytest.raises(RunError, match=r"Others could reach 0\.0\.0\.0"):
        ServiceSettings(run=run, host="0.0.0.0").check()
    with pytest.raises(RunError, match="There is no file"):
        ServiceSettings(run=run, keys=tmp_path / "none.json").check()
    with pytest.raises(RunError, match="TLS needs a certificate and its key"):
        ServiceSettings(run=run, tls_cert=tmp_path / "cert.pem").check()
    ServiceSettings(run=run, host="::1").check()


def order_file(run) -> str:
    tables = json.loads((run / "store/store.json").read_text())["segments"][0]["tables"]
    return f"{list(tables).index('orders')}.parquet"


def test_a_key_opens_its_tasks_and_its_customers_and_nothing_else(start, run, key_file, tmp_path):
    keys = key_file(
        ann={"scope": {"tasks": ("spend", "returned")}},
        bob={"scope": {"customers": ("c00001", "c00002")}},
        eve={"scope": {}},
    )
    served = start(keys=tmp_path / "keys.json")
    for bad in ({}, {"Authorization": "Bearer banian_no"}, {"Authorization": "Basic eve"}):
        got = served.ask(ASK, **bad)
        assert (got.status_code, got.headers["www-authenticate"]) == (401, "Bearer")
        assert served.client.get("/metrics", headers=bad).status_code == 401
    ann, bob, eve = keys["ann"], keys["bob"], keys["eve"]
    assert served.ask(ASK, **eve).status_code == 200
    everything = {"grain": "customers", "customer_id": "c00001"}
    got = served.ask(everything, **ann)
    assert [one["task"] for one in got.json()["answers"]] == ["spend"]
    assert got.json()["warnings"] == []
    for asks in ([{**ASK, "task": "orders"}], [ASK, {**ASK, "task": ["spend", "orders"]}]):
        got = served.ask(*asks, **ann)
        assert got.status_code == 403
        assert "may not ask this task" in got.json()["problem"]
    told = served.client.get("/v1/tasks", headers=ann).json()
    assert [one["task"] for one in told["tasks"]] == ["spend", "returned"]
    row = {"task": "returned", "price": 3.0}
    assert served.ask(ASK, {**row, "customer_id": "c00002"}, **bob).status_code == 200
    for ask in ({**ASK, "customer_id": "c00003"}, row, {**row, "customer_id": "c00003"}):
        assert served.ask(ASK, ask, **bob).status_code == 403
    order = {"order_id": "n1", "ordered_at": "2025-12-30", "customer_id": "c00003"}
    got = served.client.post("/v1/events", json={"orders": [order]}, headers=bob)
    assert got.status_code == 403
    rows = pq.read_table(run / "store/0/tables" / order_file(run)).to_pylist()
    theirs = next(one["order_id"] for one in rows if one["customer_id"] == "c00003")
    taken = {**order, "order_id": theirs, "customer_id": "c00001"}
    got = served.client.post("/v1/events", json={"orders": [taken]}, headers=bob)
    assert got.status_code == 403  # it would take the place of another's
    assert served.client.get("/metrics", headers=bob).status_code == 403
    assert served.client.get("/metrics", headers=ann).status_code == 403
    assert served.client.get("/metrics", headers=eve).status_code == 200
    told = served.client.get("/v1/tasks", headers=bob).json()
    assert [one["task"] for one in told["tasks"]] == ["repurchase", "spend", "orders", "returned"]
    assert not any(secret["Authorization"][7:] in served.log.getvalue() for secret in keys.values())
    assert {one.get("key") for one in served.lines} == {None, "ann", "bob", "eve"}


def test_only_an_administrator_publishes_and_rolls_back(start, key_file, tmp_path):
    keys = key_file(ann={"scope": {}}, root={"scope": {}, "is_admin": True})
    served = start(keys=tmp_path / "keys.json")
    for what in ("reload", "rollback"):
        got = served.client.post(f"/v1/admin/{what}", headers=keys["ann"])
        assert got.status_code == 403
    got = served.client.post("/v1/admin/reload", headers=keys["root"])
    assert got.json()["outcome"] == "unchanged"
    assert served.client.post("/v1/admin/rollback", headers=keys["root"]).status_code == 409


def test_who_asks_more_than_his_rate_waits(start, key_file, tmp_path):
    keys = key_file(ann={"scope": {}, "rate": 2.0}, bob={"scope": {}})
    served = start(keys=tmp_path / "keys.json")
    assert served.ask(*[ASK] * 20, **keys["ann"]).status_code == 200
    got = served.ask(ASK, **keys["ann"])
    assert got.status_code == 429
    assert 8 <= int(got.headers["retry-after"]) <= 10  # 18 are owed, 2 come a second
    assert served.ask(ASK, **keys["bob"]).status_code == 200


def test_without_keys_no_page_of_another_site_is_let_in(usual):
    for odd in (
        {"Host": "shop.example"},
        {"Host": "["},
        {"Origin": "https://shop.example"},
        {"Origin": "null"},
    ):
        assert usual.ask(ASK, **odd).status_code == 403
    own = {"Origin": str(usual.client.base_url).rstrip("/")}
    assert usual.ask(ASK, **own).status_code == 200
