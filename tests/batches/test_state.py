import io
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pytest
import torch

from banian.batches import (
    ID,
    CategoryPart,
    EntityState,
    FeatureState,
    NumberPart,
    encode_rows,
    fit_features,
)
from banian.errors import SpecError
from banian.examples import Examples
from banian.features import EntityFeatures
from banian.features.codecs import SPECIALS, Buckets, Vocabulary, fit_number, fit_vocabulary
from banian.spec import FieldsSpec, IdsSpec, ModelSpec


@pytest.fixture
def state(examples, training) -> FeatureState:
    return fit_features(examples, training)


IDLE = np.arange(8, dtype=np.uint16)


def through_disk(state: FeatureState) -> FeatureState:
    tree = json.loads(json.dumps(state.to_dict(), allow_nan=False))
    file = io.BytesIO()
    feather.write_feather(state.vocabularies(), file, compression="zstd")
    return FeatureState.from_parts(tree, feather.read_table(io.BytesIO(file.getvalue())))


def blank(seen: EntityFeatures, keep: np.ndarray) -> EntityFeatures:
    """Replace the values of the other rows by nonsense, and turn their presence around."""
    columns = {}
    for name in seen.columns.column_names:
        column = seen.columns[name].combine_chunks()
        nonsense = pa.scalar(-1e6 if pa.types.is_floating(column.type) else "nonsense")
        columns[name] = pa.compute.if_else(pa.array(keep), column, nonsense)
    return replace(
        seen, present=np.where(keep, seen.present, ~seen.present), columns=pa.table(columns)
    )


def test_rows_that_do_not_train_change_nothing(examples, training, state):
    grains = {}
    for grain, rows in examples.grains.items():
        keep = training[grain]
        entities = {name: blank(seen, keep) for name, seen in rows.entities.items()}
        scene = pa.compute.if_else(pa.array(keep), rows.scene, pa.scalar("nonsense"))
        grains[grain] = replace(rows, entities=entities, scene=scene)
    assert fit_features(Examples(grains), training) == state
    everything = {grain: np.ones(len(rows), bool) for grain, rows in grains.items()}
    assert fit_features(Examples(grains), everything) != state


def test_an_entity_that_two_grains_see_is_fitted_on_both(examples, training, state):
    parts = []
    for grain in ("customers", "rows of orders"):
        seen = examples.grains[grain].entities["customers"]
        parts.append(seen.columns.filter(pa.array(seen.present & training[grain])))
    both = pa.concat_tables(parts)
    fitted = state.entities["customers"]
    assert fitted.numbers["amount"] == fit_number(both["amount"].to_numpy())
    assert fitted.categories["city"] == fit_vocabulary(both["city"])
    assert fitted.numbers["amount"] != fit_number(parts[0]["amount"].to_numpy())


def test_a_field_that_one_grain_sees_is_fitted_there(examples, training, state):
    seen = examples.grains["rows of orders"].entities["orders"]
    known = seen.columns["weight"].to_numpy()[seen.present & training["rows of orders"]]
    assert state.entities["orders"].numbers["weight"] == fit_number(known)


def test_the_order_of_grains_does_not_matter(examples, training, state):
    turned = dict(reversed(examples.grains.items()))
    assert fit_features(Examples(turned), training) == state


def test_scenes_are_known_by_their_training_rows(state):
    assert state.scenes == Vocabulary(pa.array(["cart", "home"]))


def test_fields_that_never_vary_are_left_out(rows, entity):
    constant = {
        "same": pa.array([2.0] * 60),
        "nothing": pa.nulls(60, pa.float64()),
        "rare": pa.array([str(row // 9) for row in range(60)]),
        "silent": pa.nulls(60, pa.string()),
    }
    examples = Examples({"shops": rows("shops", {"shops": entity(60, 3, **constant)})})
    state = fit_features(examples, {"shops": np.ones(60, bool)})
    assert list(state.entities["shops"].numbers) == ["age", "amount"]
    assert list(state.entities["shops"].categories) == ["city"]


def test_fields_say_what_an_encoder_needs(state):
    fields = state.entities["orders"].fields
    assert fields.numeric == 3
    assert fields.specials == SPECIALS
    assert fields.vocabulary_sizes == (2 + 3,)
    assert fields.bins == 8


def test_the_bins_grow_with_the_training_rows_of_all_grains_that_have_the_entity(rows, entity):
    seen = entity(30_000, 3)
    grains = {name: rows(name, {"shops": seen}) for name in ("shops", "visits")}
    training = {"shops": np.ones(30_000, bool), "visits": np.arange(30_000) % 4 == 0}
    state = fit_features(Examples(grains), training)
    present = seen.present.sum() + seen.present[::4].sum()
    assert 8 < state.entities["shops"].bins == state.entities["shops"].fields.bins < 24
    assert state.entities["shops"].bins == present // 1500


def test_the_state_survives_json_and_arrow_exactly(state, examples):
    again = through_disk(state)
    assert again == state
    for rows in examples.grains.values():
        one, other = encode_rows(state, rows), encode_rows(again, rows)
        assert torch.equal(one.scene, other.scene)
        for name, block in one.blocks.items():
            assert torch.equal(
                block.part(NumberPart).values, other.blocks[name].part(NumberPart).values
            )
            assert torch.equal(
                block.part(CategoryPart).codes, other.blocks[name].part(CategoryPart).codes
            )


def test_odd_values_and_empty_vocabularies_survive_too():
    odd = Vocabulary(pa.array(["", "日本", "a\nb", '"', None, "🍵", "null", "a\x00b"]), IDLE)
    nothing, bare = Vocabulary(pa.array([], pa.string())), EntityState({}, {})
    full = EntityState({}, {"plan": odd, "nothing": nothing, "word": Buckets(9)}, bins=13)
    for scenes in (nothing, odd):
        state = FeatureState({"customers": full, "sellers": bare}, scenes)
        again = through_disk(state)
        assert again == state
        assert list(again.entities["customers"].categories) == ["plan", "nothing", "word"]


def test_values_of_a_mapped_file_are_not_copied(tmp_path):
    texts = pa.array([f"customer {number}" for number in range(70_000)], pa.large_string())
    ids = Vocabulary(texts, np.arange(70_000, dtype=np.uint16))
    state = FeatureState({"customers": EntityState({}, {ID: ids})}, Vocabulary(pa.array(["home"])))
    file = str(tmp_path / "vocabularies.arrow")
    feather.write_feather(state.vocabularies(), file, compression="uncompressed")
    before = pa.total_allocated_bytes()
    again = FeatureState.from_parts(state.to_dict(), feather.read_table(file, memory_map=True))
    assert pa.total_allocated_bytes() - before < texts.nbytes / 10
    assert again == state


def test_a_field_is_hashed_where_the_model_says_so(examples, training):
    fields = FieldsSpec(hash={"customers.city": 50})
    state = fit_features(examples, training, ModelSpec(fields=fields))
    assert state.entities["customers"].categories == {"city": Buckets(50)}
    assert isinstance(state.entities["orders"].categories["city"], Vocabulary)
    rows = examples.grains["customers"]
    block = encode_rows(state, rows).blocks["customers"]
    present = torch.from_numpy(rows.entities["customers"].present)
    assert block.part(CategoryPart).codes[present].unique().numel() == 3
    assert (block.part(CategoryPart).codes[present] >= 2).all()
    assert through_disk(state) == state


@pytest.mark.parametrize("key", ["hash", "widths"])
def test_a_field_that_no_entity_has_is_refused(key, examples, training):
    fields = FieldsSpec(**{key: {"customers.town": 5}})
    with pytest.raises(SpecError, match=f"fields.{key} names 'customers.town'") as caught:
        fit_features(examples, training, ModelSpec(fields=fields))
    assert "customers.city, orders.city" in str(caught.value)


@pytest.fixture
def named(rows, entity):
    """Visits that name their shop: `big` in most of them, one of a handful in the others."""

    def make(seed: int, visits: int = 90) -> Examples:
        ids = np.where(np.arange(visits) % 9 > 0, "big", [f"shop {n % 4}" for n in range(visits)])
        seen = replace(entity(visits, seed, present=0.7), ids=pa.array(ids.tolist()))
        return Examples({"visits": rows("visits", {"shops": seen})})

    return make


def test_ids_are_known_if_enough_training_rows_have_the_entity(named):
    examples = named(5)
    everything = {"visits": np.ones(90, bool)}
    present = examples.grains["visits"].entities["shops"].present
    for rows, known in ((int(present[np.arange(90) % 9 > 0].sum()), ["big"]), (90, None)):
        state = fit_features(examples, everything, ModelSpec(ids=IdsSpec(rows=rows)))
        found = state.entities["shops"].categories.get(ID)
        assert found == (known and Vocabulary(pa.array(known)))
    state = fit_features(examples, everything, ModelSpec(ids=IdsSpec(rows=rows // 2)))
    block = encode_rows(state, examples.grains["visits"]).blocks["shops"]
    codes = block.part(CategoryPart).codes[:, list(state.entities["shops"].categories).index(ID)]
    expected = np.where(np.arange(90) % 9 > 0, 2, 1) * present
    np.testing.assert_array_equal(codes, expected)


def test_ids_may_be_hashed_and_are_left_out_by_default(named):
    everything = {"visits": np.ones(90, bool)}
    assert ID not in fit_features(named(5), everything).entities["shops"].categories
    state = fit_features(named(5), everything, ModelSpec(ids=IdsSpec(hash=1000)))
    assert state.entities["shops"].categories[ID] == Buckets(1000)
    assert state.entities["shops"].fields.names == ("city", ID)
