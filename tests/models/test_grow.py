"""Items come and go: a network learns of new ones, and says of all others what it said before."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from banian.batches import ID, fit_features
from banian.bundle.network_files import load_network, save_network
from banian.errors import SpecError
from banian.examples import Examples, GrainExamples
from banian.features import EntityFeatures
from banian.features.codecs import FIRST
from banian.kinds import TowerState
from banian.models import Grain, Network, build_model, freeze, grow_network
from banian.spec import AttentionSpec, IdsSpec, ModelSpec, SharedBottomSpec, STEMSpec

ROWS = 60
SMALL = {"entity_width": 6, "private_width": 4, "tower_width": 5, "ids": IdsSpec(rows=5, width=8)}
SPECS = [
    ModelSpec(
        sharing=SharedBottomSpec(width=6), sequences=AttentionSpec(steps=3, width=8), **SMALL
    ),
    ModelSpec(sharing=STEMSpec(width=6), **SMALL),
]
each = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.sharing.kind)


def offers(items: list[str]) -> GrainExamples:
    """Rows that offer a customer one of these items each; customers had others of these before."""
    generator = np.random.default_rng(0)
    named = pa.array([items[row % len(items)] for row in range(ROWS)])
    had = pa.array([items[row * 7 % len(items)] for row in range(ROWS + 5)])
    start, sizes = (
        pa.array(part, pa.int32()) for part in (range(ROWS), generator.integers(0, 5, ROWS))
    )
    lines = pa.table({"lines.item": pa.ListViewArray.from_arrays(start, sizes, had)})
    return GrainExamples(
        grain="offers",
        tasks=("taken",),
        keys=pa.table({"id": list(range(ROWS))}),
        cluster=np.arange(ROWS),
        clusters=pa.array([str(row) for row in range(ROWS)]),
        cutoff=np.full(ROWS, np.datetime64("2020-01-01", "us")),
        scene=pa.array(["home"] * ROWS),
        entities={
            "customers": EntityFeatures(
                np.ones(ROWS, bool),
                pa.table({"age": generator.normal(40, 9, ROWS)}),
                {"lines": lines},
                links={"lines.item": "items"},
            ),
            "items": EntityFeatures(
                np.arange(ROWS) % 10 > 0,
                pa.table({"price": generator.normal(0, 1, ROWS)}),
                ids=named,
            ),
        },
        asked=np.ones((ROWS, 1), bool),
        label=np.arange(ROWS)[:, None] % 2.0,
        matured_at=np.full((ROWS, 1), np.datetime64("2020-01-02", "us")),
        level=np.zeros((ROWS, 1)),
    )


KNOWN = offers(["tea", "salt", "milk"])
ITEMS = ["milk", "oil", "tea", "rice", "salt", "rare"] + ["milk"] * 20
LATER = offers(ITEMS)
NEW = {"items": pa.chunked_array([["oil", "rice"] * 5 + ["tea", None] * 5 + ["rare"] * 4])}


def fit(spec: ModelSpec) -> Network:
    """A network of which every number is drawn, the vector of unseen ids among them."""
    grains = {"offers": Grain(("customers", "items"), {"taken": TowerState("binary", "auc")})}
    features = fit_features(Examples({"offers": KNOWN}), {"offers": np.ones(ROWS, bool)}, spec)
    members = []
    for seed in range(2):
        torch.manual_seed(seed)
        model = build_model(
            spec, fields=features.fields, grains=grains, scenes=features.scenes.size
        )
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
        members.append(freeze(model))
    return Network(features, grains, tuple(members), {"taken": (0, 1)})


def answers(network: Network, rows: GrainExamples) -> np.ndarray:
    return network.predict(rows, ("taken",))["taken"]


@each
def test_no_prediction_changes_by_a_bit_when_a_network_grows(spec):
    network = fit(spec)
    before = [answers(network, rows) for rows in (KNOWN, LATER)]
    known = network.features.entities["items"].categories[ID].values.to_pylist()
    grown = grow_network(network, NEW, IdsSpec(rows=5))
    for rows, expected in zip((KNOWN, LATER), before, strict=True):
        assert np.array_equal(answers(grown, rows), expected)
        assert np.array_equal(answers(network, rows), expected)
    learned = grown.features.entities["items"].categories[ID].values.to_pylist()
    assert learned == [*known, "oil", "rice"]
    again = grow_network(grown, {"items": pa.chunked_array([["rare"] * 9])}, IdsSpec(rows=5))
    assert np.array_equal(answers(again, LATER), before[1])


@each
def test_a_new_id_can_be_learned_without_a_word_about_the_others(spec):
    grown = grow_network(fit(spec), NEW, IdsSpec(rows=5))
    before = answers(grown, LATER)
    code = grown.features.entities["items"].categories[ID].values.index("rice").as_py() + FIRST
    with torch.no_grad():
        for member in grown.members:
            for name, value in member.named_parameters():
                if name.endswith("ids_of_items.weight"):
                    value[code] += 1
    named = np.array(LATER.entities["items"].ids.to_pylist()) == "rice"
    offered = named & LATER.entities["items"].present
    had = LATER.entities["customers"].sequences["lines"]["lines.item"].to_pylist()
    was_seen = np.array(["rice" in items[:3] for items in had]) & (spec is SPECS[0])
    changed = (answers(grown, LATER) != before)[:, 0]
    assert not changed[~offered & ~was_seen].any()
    assert changed[offered].any()
    assert changed[was_seen & ~offered].any() == was_seen.any()


@each
def test_what_no_row_carries_is_forgotten_and_all_else_stays_to_the_bit(spec):
    network, rule = fit(spec), IdsSpec(rows=5, forget_after=1)
    known = network.features.entities["items"].categories[ID].values.to_pylist()
    kept = [item for item in known if item != "tea"]
    sold = pa.chunked_array([[*kept, "unknown"]])
    grown = grow_network(network, {"items": sold}, rule)
    later = answers(grown, LATER)
    unseen = answers(network, offers(["x" if i == "tea" else i for i in ITEMS]))
    assert np.array_equal(later, unseen)
    assert not np.array_equal(later, answers(network, LATER))
    filled = grow_network(grown, {"items": pa.chunked_array([kept + ["oil"] * 5])}, rule)
    ids = filled.features.entities["items"].categories[ID]
    assert ids.values.to_pylist() == ["oil" if item == "tea" else item for item in known]
    assert filled.features.fields == network.features.fields
    assert np.array_equal(answers(filled, LATER), later)


@each
def test_a_grown_network_is_kept_as_any_other(spec, tmp_path):
    grown = grow_network(fit(spec), NEW, IdsSpec(rows=5, forget_after=1))
    save_network(grown, tmp_path / "grown")
    loaded = load_network(tmp_path / "grown", spec)
    assert loaded.features == grown.features
    ids = loaded.features.entities["items"].categories[ID]
    lines = loaded.features.entities["customers"].sequences.get("lines")
    assert lines is None or lines.events.categories["lines.item"] is ids  # held once
    assert np.array_equal(answers(loaded, LATER), answers(grown, LATER))


def test_a_network_that_knows_no_ids_has_nothing_to_grow():
    network = fit(SPECS[0].model_copy(update={"ids": ModelSpec().ids}))
    with pytest.raises(SpecError, match="whose ids have no vectors"):
        grow_network(network, NEW, IdsSpec(rows=5))
