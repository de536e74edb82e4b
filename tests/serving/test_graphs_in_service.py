"""Graphs answer where they are whole and of the bundle that is served, one set of weights where it is no worse."""

import json
import shutil

import pytest

import banian
from banian.bundle import load_bundle, save_bundle
from banian.errors import BundleError
from banian.export import GraphNetwork
from banian.inference import Predictor
from banian.serving.answering import choose_answering
from banian.serving.disk_state import look_at
from banian.serving.served_model import load_model, with_new_store
from banian.serving.service import AUDIT
from banian.serving.settings import ModelOptions

AS_FLOAT32 = {"rel": 1e-5, "abs": 1e-6}
"""By how much graphs and networks may differ: their kernels add up in other orders, each processor in its own."""
ASKS = [{"grain": "customers", "customer_id": f"c{who:05}"} for who in range(20)]


def values(served, *asks) -> list[float]:
    return [one["value"] for one in served.ask(*(asks or ASKS)).json()["answers"]]


def judge(run, gain: float) -> None:
    """Let one set be better, or worse, than its bundle beyond noise."""
    path = run / "one_set" / "one_set.json"
    facts = json.loads(path.read_text())
    for one in facts["tasks"].values():
        one |= {"lower": gain - 0.1, "upper": gain + 0.1}
    path.write_text(json.dumps(facts))


def test_graphs_that_come_while_a_service_runs_answer_as_the_networks_did(start, graphed, tmp_path):
    shutil.move(graphed / "graphs", tmp_path / "graphs")
    served = start(folder=graphed)
    holder = served.service.holder
    by_networks, told = values(served), served.client.get("/v1/model").json()
    assert (told["answers_by"], told["reason"], told["one_set"]) == ("networks", None, False)
    shutil.move(tmp_path / "graphs", graphed / "graphs")
    assert holder.check() == "published"
    assert holder.check() == "unchanged"
    told = served.client.get("/v1/model").json()
    assert told["answers_by"] == "graphs"
    assert isinstance(holder.current.predictor.bundle.joint, GraphNetwork)
    assert values(served) == pytest.approx(by_networks, **AS_FLOAT32)
    assert '"by": "graphs"' in (graphed / AUDIT).read_text()
    assert [line["answers_by"] for line in served.lines if "answers_by" in line] == [
        "networks",
        "graphs",
    ]


def test_graphs_of_another_bundle_and_damaged_ones_do_not_answer_and_it_is_said_why(graphed):
    bundle = load_bundle(graphed)
    weights = graphed / "graphs" / "joint" / "weights.bin"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-8] + bytes(8)[:4])
    found = choose_answering(bundle, graphed)
    assert found.by == "networks"
    assert "weights.bin is not the file" in found.why
    weights.write_bytes(whole)
    assert choose_answering(bundle, graphed).by == "graphs"
    save_bundle(bundle.__class__(**{**vars(bundle), "card": {"note": "again"}}), graphed / "bundle")
    found = choose_answering(bundle, graphed)
    assert found.by == "networks"
    assert "another bundle: card.json changed" in found.why
    assert "banian export" in found.why


def test_another_store_leaves_the_graphs_in_memory(graphed):
    model, _ = load_model(graphed)
    newer = with_new_store(model, graphed, look_at(graphed))
    assert newer.predictor is not model.predictor
    assert newer.answering is model.answering


def test_one_set_that_is_no_worse_answers_as_its_folder_does_in_python(
    start, with_one_set, tmp_path
):
    run = shutil.copytree(with_one_set, tmp_path / "both")
    judge(run, gain=1.0)
    served = start(folder=run)
    told = served.client.get("/v1/model").json()
    assert (told["answers_by"], told["one_set"]) == ("graphs", True)
    alone = banian.load(run / "one_set").predict(ASKS).rows["value"].to_pylist()
    assert values(served) == pytest.approx(alone, **AS_FLOAT32)
    fitted = start(folder=run, model=ModelOptions(one_set=False))
    assert fitted.client.get("/v1/model").json()["one_set"] is False
    whole = banian.load(run).predict(ASKS).rows["value"].to_pylist()
    assert values(fitted) == pytest.approx(whole, **AS_FLOAT32)
    assert whole != pytest.approx(alone, **AS_FLOAT32)


def test_one_set_holds_one_set_of_weights_and_is_calibrated_anew(with_one_set):
    one, fitted = load_bundle(with_one_set / "one_set"), load_bundle(with_one_set)
    assert len(one.joint.members) == 1
    assert set(one.joint.answering.values()) == {(0,)}
    assert (one.twins, one.trees) == ({}, {})
    assert one.calibrations.keys() == fitted.calibrations.keys()
    assert one.calibrations != fitted.calibrations
    assert len(fitted.joint.members) > 1


def test_one_set_that_is_asked_for_and_is_not_there_is_an_error_that_says_how_it_is_made(stored):
    with pytest.raises(BundleError, match="no one set") as refused:
        load_model(stored, ModelOptions(one_set=True))
    assert "banian export RUN --one-set" in str(refused.value)


def test_kept_vectors_answer_over_http_and_are_counted(start, graphed):
    kept, plain = (start(folder=graphed, model=ModelOptions(keep_vectors=s)) for s in (60.0, 0.0))
    assert values(kept) == pytest.approx(values(plain), **AS_FLOAT32)
    assert values(kept) == pytest.approx(values(plain), **AS_FLOAT32)
    told = kept.client.get("/metrics").text
    assert f'banian_entity_vectors_total{{outcome="encoded"}} {len(ASKS)}.0' in told
    assert f'banian_entity_vectors_total{{outcome="kept"}} {len(ASKS)}.0' in told
    assert "banian_entity_vectors_total{" not in plain.client.get("/metrics").text


def test_what_came_is_known_although_vectors_are_kept(start, graphed):
    served = start(folder=graphed, model=ModelOptions(keep_vectors=3600.0 * 24 * 365))
    before = values(served)
    row = {"order_id": "kept", "customer_id": "c00001", "ordered_at": "2025-12-30T10:00"}
    assert served.client.post("/v1/events", json={"orders": [row]}).status_code == 200
    after = values(served)
    told = served.client.get("/metrics").text  # the vectors of those whom it does not concern stay
    assert f'banian_entity_vectors_total{{outcome="encoded"}} {len(ASKS) + 1}.0' in told
    assert f'banian_entity_vectors_total{{outcome="kept"}} {len(ASKS) - 1}.0' in told
    model = served.service.holder.current.predictor
    fresh = Predictor(model.bundle, model.store).predict(ASKS).rows["value"].to_pylist()
    tasks = len(before) // len(ASKS)
    concerned = slice(tasks, 2 * tasks)  # c00001; the others are told as of the instant before
    assert after[concerned] == pytest.approx(fresh[concerned], **AS_FLOAT32)
    assert after[concerned] != pytest.approx(before[concerned], rel=1e-4)


def test_one_set_that_is_made_while_a_service_runs_answers_where_it_is_no_worse(
    start, with_one_set, tmp_path
):
    run = shutil.copytree(with_one_set, tmp_path / "both")
    judge(run, gain=-1.0)
    served = start(folder=run)
    holder, told = served.service.holder, served.client.get("/v1/model").json()
    assert told["one_set"] is False
    assert "worse at" in told["reason"]
    assert holder.check() == "unchanged"
    judge(run, gain=1.0)
    assert holder.check() == "shadowing"
    assert holder.check() == "published"
    told = served.client.get("/v1/model").json()
    assert (told["one_set"], told["reason"], told["answers_by"]) == (True, None, "graphs")
