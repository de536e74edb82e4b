"""One set that is damaged never answers and stops nothing: its bundle answers, and it is said why."""

import json
import shutil

import pytest

import banian
from banian.bundle import load_bundle
from banian.errors import BundleError
from banian.serving.served_model import load_model
from banian.serving.settings import ModelOptions

ASKS = [{"task": "spend", "customer_id": f"c{who:05}"} for who in range(8)]


@pytest.fixture
def both(with_one_set, tmp_path):
    """A run whose one set answers, since it is better at all tasks."""
    run = shutil.copytree(with_one_set, tmp_path / "both")
    path = run / "one_set" / "one_set.json"
    facts = json.loads(path.read_text())
    for one in facts["tasks"].values():
        one |= {"lower": 0.1, "upper": 0.2}
    path.write_text(json.dumps(facts))
    return run


def weights_of(run):
    return next((run / "one_set" / "bundle").rglob("model.safetensors"))


def damage(run) -> bytes:
    """Cut the weights; give what they were."""
    path = weights_of(run)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return whole


def values(served) -> list[float]:
    return [one["value"] for one in served.ask(*ASKS).json()["answers"]]


def of(folder) -> list[float]:
    return banian.load(folder).predict(ASKS).rows["value"].to_pylist()


def told(served) -> dict:
    return served.client.get("/v1/model").json()


def test_a_service_that_starts_answers_by_the_bundle_and_goes_over_once_it_is_mended(start, both):
    whole = damage(both)
    served = start(folder=both)
    holder, first = served.service.holder, told(served)
    assert first["one_set"] is False
    assert "One set cannot answer: " in first["reason"]
    assert "banian export RUN --one-set" in first["reason"]
    (line,) = [line for line in served.lines if line["event"] == "model loaded"]
    assert line["reason"] == first["reason"]
    assert values(served) == pytest.approx(of(both), rel=1e-5)
    assert holder.check() == "unchanged"
    assert holder.reload("somebody") == "unchanged"

    index = both / "store" / "store.json"  # another store is taken all the same
    index.write_text(index.read_text() + "\n")
    assert holder.check() == "published"
    assert told(served)["reason"] == first["reason"]

    card = both / "one_set" / "bundle" / "card.json"
    was = card.read_text()
    card.write_text(was + "\n")  # damaged in another way
    assert holder.check() == "refused"
    assert holder.check() == "unchanged"
    assert told(served)["model"] == first["model"]

    weights_of(both).write_bytes(whole)
    card.write_text(was)
    assert holder.check() == "shadowing"
    assert holder.check() == "published"
    assert (told(served)["one_set"], told(served)["reason"]) == (True, None)


@pytest.mark.parametrize("sums", [False, True])
def test_one_set_that_is_damaged_while_it_answers_goes_on_answering(start, both, sums):
    served = start(folder=both)
    holder, first, before = served.service.holder, told(served), values(served)
    assert first["one_set"] is True
    damage(both)
    if sums:
        (both / "one_set" / "bundle" / "SHA256SUMS").write_text("nothing of the kind\n")
    assert holder.check() == "refused"
    assert holder.check() == "unchanged"
    assert holder.reload("somebody") == "refused"
    last = told(served)
    assert (last["model"], last["one_set"]) == (first["model"], True)
    assert last["refused"]
    assert values(served) == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "tasks": 3}'])
def test_facts_that_are_damaged_are_told_and_the_bundle_answers(both, text):
    (both / "one_set" / "one_set.json").write_text(text)
    model, _ = load_model(both)
    assert not model.answering.is_one_set
    assert "one_set" in str(model.answering.also)


def test_one_set_that_is_asked_for_and_is_damaged_is_an_error(both):
    damage(both)
    with pytest.raises(BundleError):
        load_model(both, ModelOptions(one_set=True))
    assert load_bundle(both).joint.members
