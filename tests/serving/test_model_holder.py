"""A new bundle takes the place of the old one only if it is whole and answers in numbers; nobody notices the change."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest
import torch

from banian.bundle import load_bundle, save_bundle
from banian.errors import BundleError
from banian.evaluation import higher_is_better
from banian.serving.disk_state import look_at
from banian.serving.model_holder import ROLLED_BACK
from banian.serving.served_model import load_model
from banian.serving.service import AUDIT

ASK = {"task": "spend", "customer_id": "c00001"}


def spoil(bundle):
    """Let all answers be no numbers."""
    for member in bundle.joint.members:
        for parameter in member.towers.parameters():
            torch.nn.init.constant_(parameter, float("nan"))
    return bundle


def damage(run) -> None:
    """Change a bit of the weights, and what the bundle says of itself, so that it is another."""
    alter(run)
    with (run / "bundle" / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  ghost\n")


def alter(run) -> None:
    weights = run / "bundle" / "joint" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)


def audited(run) -> list[str]:
    return [json.loads(line)["event"] for line in (run / AUDIT).read_text().splitlines()]


def test_a_bundle_in_the_place_of_another_answers_after_it(start, run, publish):
    served = start()
    holder, first = served.service.holder, served.service.holder.current.version
    assert holder.check() == "unchanged"
    publish("two")
    assert holder.check() == "shadowing"
    assert served.ask(ASK).json()["model"] == first
    assert holder.check() == "published"
    assert served.ask(ASK).json()["model"] != first
    told = served.client.get("/v1/model").json()
    assert (told["previous"], told["candidate"]) == (first, None)
    assert audited(run) == ["start", "publish", "publish"]


def test_a_damaged_bundle_and_one_whose_answers_are_no_numbers_never_answer(start, run, publish):
    served = start()
    holder, first = served.service.holder, served.service.holder.current.version
    alter(run)
    assert holder.check() == "refused"
    damage(run)
    assert holder.check() == "refused"
    assert holder.check() == "unchanged"  # it is not loaded again and again
    shutil.rmtree(run / "bundle")
    assert holder.check() == "refused"
    assert served.ask(ASK).json()["model"] == first
    refused = served.client.get("/v1/model").json()["refused"]
    assert any("there is no SHA256SUMS" in why for why in refused.values())
    assert served.client.post("/v1/admin/reload").json()["outcome"] == "refused"
    assert "refuse" in audited(run)
    assert {one["event"] for one in served.lines if one["level"] == "error"} == {"refused"}


def test_a_bundle_whose_answers_are_no_numbers_is_refused_before_anybody_is_answered(
    start, run, publish
):
    served = start()
    publish("spoiled", spoil)
    assert served.service.holder.check() == "refused"
    (why,) = served.service.holder.refused.values()
    assert "fails at an ask" in why
    with pytest.raises(BundleError, match="fails at an ask"):
        load_model(run)


def test_what_a_new_bundle_says_of_those_who_ask_is_looked_at_first(start, publish, monkeypatch):
    def refuse(found) -> None:
        if "c00001" in found.rows["customer_id"].to_pylist():
            raise BundleError("They are no numbers.", remedy="None.")

    served = start(shadow_seconds=3600.0, shadow_asks=4, shadow_share=1.0)
    holder = served.service.holder
    monkeypatch.setattr("banian.serving.candidate.refuse_endless", refuse)
    publish("spoiled for some")
    assert holder.check() == "shadowing"
    served.ask({"task": "spend", "customer_id": "nobody"})
    assert holder.check() == "shadowing"
    served.ask(ASK)
    served.ask(ASK)  # when this is answered, the shadow has said what it says of the one before
    assert holder.check() == "refused"
    monkeypatch.undo()
    publish("sound")
    assert holder.check() == "shadowing"
    for _ in range(5):
        served.ask(ASK)
    assert holder.check() == "published"


def worsen(bundle):
    """Let the card say of a task what is worse than chance allows."""
    scores = {task: dict(one) for task, one in bundle.card["scores"].items()}
    spend = scores["spend"]
    low, high = spend["interval"]
    sign = -1 if higher_is_better(spend["metric"]) else 1
    spend["value"] += sign * 3 * (high - low)
    spend["interval"] = [one + sign * 3 * (high - low) for one in (low, high)]
    return replace(bundle, card={**bundle.card, "scores": scores})


def blunt(bundle):
    """Let everybody be told the same, which is a number."""
    for member in bundle.joint.members:
        for parameter in member.towers.parameters():
            torch.nn.init.zeros_(parameter)
    return bundle


def test_a_bundle_whose_scores_are_worse_answers_only_where_an_administrator_takes_it(
    start, run, publish
):
    served, other = start(), start()
    holder, first = served.service.holder, served.service.holder.current.version
    publish("worse", worsen)
    assert holder.check() == "refused"
    (why,) = holder.refused.values()
    assert why.startswith("its scores are worse than those of the present one: spend (")
    assert served.client.post("/v1/admin/reload").json()["outcome"] == "refused"
    assert served.client.get("/v1/model").json()["refused"][look_at(run).bundle] == why
    for body in ({"force": 1}, {"forced": True}, []):
        assert served.client.post("/v1/admin/reload", json=body).status_code == 400
    assert served.ask(ASK).json()["model"] == first
    told = served.client.post("/v1/admin/reload", json={"force": True}).json()
    assert told["outcome"] == "published"
    assert served.ask(ASK).json()["model"] == told["model"] != first
    assert audited(run).count("force") == 1
    said = [other.service.holder.check() for _ in "12"]  # other processes hear of it
    assert said == ["shadowing", "published"]


@pytest.mark.parametrize("is_asked_before", [True, False])
def test_a_bundle_that_answers_otherwise_does_not_answer_by_itself(
    start, run, publish, is_asked_before
):
    served = start(
        shadow_seconds=0.0 if is_asked_before else 3600.0, shadow_asks=60, shadow_share=1.0
    )
    holder, first = served.service.holder, served.service.holder.current.version
    asks = [{"task": ["spend", "orders"], "customer_id": f"c{who:05}"} for who in range(70)]

    def ask() -> None:
        for part in (asks[:35], asks[35:]):
            assert served.ask(*part).status_code == 200
        served.ask(ASK)  # when it is answered, the shadow has said what it says of those before

    def load(note, change) -> str:
        if is_asked_before:
            ask()
        publish(note, change)
        assert holder.check() == "shadowing"
        if not is_asked_before:
            ask()
        return holder.check()

    sound = load_bundle(run)
    assert load("blunt", blunt) == "refused"
    (why,) = holder.refused.values()
    assert "it answers otherwise than the present one to the same asks: " in why
    assert "spend (distance " in why
    assert served.ask(ASK).json()["model"] == first
    assert load("the same", lambda _: sound) == "published"
    published = [one for one in served.lines if one["event"] == "bundle replaced"]
    assert published[0]["distances"] == {"orders": 0.0, "spend": 0.0}


def test_the_bundle_before_comes_back_and_the_bad_one_stays_away(start, run, publish):
    served = start()
    holder, first = served.service.holder, served.service.holder.current.version
    publish("bad")
    told = served.client.post("/v1/admin/reload").json()
    assert told["outcome"] == "published"
    assert told["model"] != first
    bad = told["model"]
    assert served.client.post("/v1/admin/rollback").json()["model"] == first
    assert holder.check() == "unchanged"
    assert served.ask(ASK).json()["model"] == first
    assert bad in json.loads((run / ROLLED_BACK).read_text())
    assert served.client.post("/v1/admin/rollback").status_code == 409
    assert served.client.post("/v1/admin/reload").json() == {
        "outcome": "published",
        "model": bad,
        "store": holder.current.store,
    }
    assert json.loads((run / ROLLED_BACK).read_text()) == {}
    assert audited(run).count("rollback") == 1


def test_other_processes_follow_a_rollback(start, run, publish):
    one, two = start(), start()
    first = one.service.holder.current.version
    publish("bad")
    for served in (one, two):
        assert [served.service.holder.check() for _ in "12"] == ["shadowing", "published"]
    one.client.post("/v1/admin/rollback")
    two.service.holder.check()
    assert two.service.holder.current.version == first
    assert two.service.holder.check() == "unchanged"


def test_a_run_that_cannot_answer_is_not_served(start, run):
    shutil.rmtree(run / "store")
    with pytest.raises(BundleError, match="There is no store beside the bundle"):
        start()
    damage(run)
    with pytest.raises(BundleError, match="is not the file that was saved"):
        start()


def test_while_bundles_come_and_go_no_request_fails(start, run, publish):
    served = start(watch=0.02)
    stop, models = Event(), set()
    good = run.parent / "good"

    def ask(place: int) -> int:
        asked = 0
        while not stop.is_set():
            got = served.ask({**ASK, "customer_id": f"c{place:05}"})
            assert got.status_code == 200, got.text
            models.add(got.json()["model"])
            asked += 1
        return asked

    with ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(ask, place) for place in range(3)]
        shutil.copytree(run / "bundle", good)
        bundle = load_bundle(run)
        versions = {served.service.holder.current.version}
        for turn in range(2):
            damage(run)
            stop.wait(0.1)
            save_bundle(bundle, run / "bundle")
            publish(f"turn {turn}")
            while served.service.holder.current.version in versions:
                stop.wait(0.02)
            versions.add(served.service.holder.current.version)
        stop.set()
        assert sum(one.result() for one in asking) > 20
    assert models <= versions
    assert len(models) > 1
