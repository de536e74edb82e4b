"""RUN/graphs: made from one bundle, whole or not there, asked as a whole or entity by entity."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from banian.bundle import load_bundle, save_bundle
from banian.errors import AskError, BundleError, DependencyError
from banian.export import GRAPHS, GraphNetwork, check_graphs, load_graphs
from banian.export.sessions import WeightSet
from banian.inference import load, predict_rows
from banian.workflows.export import export


@pytest.fixture(scope="module")
def run(bundle, tracing, tmp_path_factory) -> Path:
    """A run with graphs, which nobody may change."""
    run = tmp_path_factory.mktemp("export") / "run"
    save_bundle(bundle, run / "bundle")
    with tracing():
        export(run)
    return run


@pytest.fixture
def copied(run, tmp_path) -> Path:
    return Path(shutil.copytree(run, tmp_path / "copied"))


@pytest.fixture(scope="module")
def served(run):
    return load(run, graphs=True).bundle


def test_graphs_answer_in_the_place_of_all_networks(bundle, served, make_rows):
    assert isinstance(served.joint, GraphNetwork)
    assert all(isinstance(twin, GraphNetwork) for twin in served.twins.values())
    for grain in bundle.grains:
        for count in (1, 7, 64):
            rows = make_rows(grain, count, seed=count)
            for task, expected in predict_rows(bundle, rows).items():
                found = predict_rows(served, rows)[task]
                largest = np.abs(expected.value).max() if expected.upper is not None else 1 / 3
                for name in ("value", "lower", "upper"):
                    wanted, said = getattr(expected, name), getattr(found, name)
                    if wanted is not None:
                        np.testing.assert_allclose(said, wanted, rtol=0, atol=3e-6 * largest)


def test_the_bits_of_a_row_do_not_depend_on_those_beside_it(served, make_rows):
    rows = make_rows("pages", 600)
    whole = served.joint.predict(rows, rows.tasks)
    for count in (16, 33, 513):
        part = served.joint.predict(rows.slice(40, count), rows.tasks)
        for task, values in part.items():
            assert np.array_equal(values, whole[task][40 : 40 + count])


def test_vectors_of_an_entity_stand_for_its_features(served, make_rows):
    rows = make_rows("pages", 20)
    vectors = served.joint.encode("pages", "customers", rows.entities["customers"])
    assert vectors.shape[:2] == (2, 20)  # two sets of weights answer tasks of the grain
    others = replace(rows, entities={"pages": rows.entities["pages"]})
    expected = served.joint.predict(rows, ("buy", "spend"))
    found = served.joint.predict_encoded(others, ("buy", "spend"), {"customers": vectors})
    assert found.keys() == expected.keys()
    for task, values in found.items():
        assert np.array_equal(values, expected[task])
    swapped = served.joint.predict_encoded(rows, ("buy",), {"customers": vectors[:, ::-1]})
    assert not np.allclose(swapped["buy"], expected["buy"])


def test_an_entity_that_rows_do_not_bring_is_absent_from_them(bundle, served, make_rows):
    rows = make_rows("pages", 5)
    without = replace(rows, entities={"pages": rows.entities["pages"]})
    expected = bundle.joint.predict(without, ("buy",))["buy"]
    np.testing.assert_allclose(served.joint.predict(without, ("buy",))["buy"], expected, atol=1e-6)


def test_only_what_answers_is_written_and_shared_weights_are_written_once(run, bundle):
    found = check_graphs(run / GRAPHS, run / "bundle")
    assert list(found.joint) == ["pages"]  # no other grain's tasks are answered by this network
    assert [one.tasks for one in found.joint["pages"]] == [
        ("buy", "click"),
        ("buy", "click", "spend"),
    ]
    tail = run / GRAPHS / "joint" / found.joint["pages"][0].tail
    assert len(onnx.load(tail, load_external_data=False).graph.output) == 2
    for tensor in onnx.load(tail, load_external_data=False).graph.initializer:
        assert tensor.external_data or len(tensor.raw_data) <= 1024
    parameters = sum(p.numel() for m in bundle.joint.members for p in m.parameters())
    table_of_scores = 4 * 2**15
    weights = (run / GRAPHS / "joint" / "weights.bin").stat().st_size
    assert weights < 4 * parameters + table_of_scores + 2**12


def test_graphs_say_nothing_of_the_machine_that_made_them(run):
    for path in (run / GRAPHS).rglob("*"):
        if path.is_file():
            assert b".py" not in path.read_bytes()
            assert str(run).encode() not in path.read_bytes()


def test_graphs_of_another_bundle_are_refused_by_the_names_of_what_changed(copied, bundle):
    other = replace(bundle, card={"scores": "others"})
    save_bundle(other, copied / "bundle")
    with pytest.raises(BundleError, match=r"another bundle: card\.json changed") as refused:
        load(copied, graphs=True)
    assert "banian export" in str(refused.value)


def test_graphs_that_are_not_whole_are_refused(copied):
    weights = copied / GRAPHS / "joint" / "weights.bin"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0\0")
    with pytest.raises(BundleError, match=r"weights\.bin is not the file"):
        load_graphs(load_bundle(copied), copied)
    weights.unlink()
    with pytest.raises(BundleError, match=r"weights\.bin is not the file"):
        load_graphs(load_bundle(copied), copied)


def test_rows_that_are_told_alike_are_encoded_once(served, make_rows, monkeypatch):
    rows = make_rows("pages", 40)
    few = rows.entities["customers"].take(np.arange(3))
    told = replace(few, told=np.arange(40) % 3)
    alike = replace(rows, entities=rows.entities | {"customers": told})
    expected = served.joint.predict(
        replace(rows, entities=rows.entities | {"customers": told.each()}), ("buy", "spend")
    )
    encoded = []
    plain = WeightSet.encode

    def counted(one, entity, block, rows):
        encoded.append((entity, rows))
        return plain(one, entity, block, rows)

    monkeypatch.setattr(WeightSet, "encode", counted)
    found = served.joint.predict(alike, ("buy", "spend"))
    assert {rows for entity, rows in encoded if entity == "customers"} == {3}
    for task, values in expected.items():
        largest = np.abs(values).max()
        np.testing.assert_allclose(found[task], values, rtol=0, atol=3e-6 * largest)


def test_a_run_without_graphs_says_how_they_are_made(copied):
    shutil.rmtree(copied / GRAPHS)
    with pytest.raises(BundleError, match="no graphs") as refused:
        load(copied, graphs=True)
    assert "banian export" in str(refused.value)
    load(copied)


def test_an_entity_whose_events_are_read_cannot_be_kept_as_a_vector(served, make_rows, monkeypatch):
    monkeypatch.setattr(served.joint.sets["pages"][0], "paths", (("customers", "lines"),))
    told = make_rows("pages", 2).entities["customers"]
    with pytest.raises(AskError, match="customers cannot be kept"):
        served.joint.encode("pages", "customers", told)


def test_without_the_extra_nothing_is_written_and_the_install_line_is_said(copied, monkeypatch):
    before = (copied / GRAPHS / "manifest.json").read_bytes()
    monkeypatch.setitem(__import__("sys").modules, "onnxscript", None)
    with pytest.raises(DependencyError, match="onnxscript is not installed") as refused:
        export(copied)
    assert "banian[serve]" in str(refused.value)
    assert (copied / GRAPHS / "manifest.json").read_bytes() == before
