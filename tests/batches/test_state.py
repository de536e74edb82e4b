import io
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pytest
import torch

from banian.batches import EntityState, FeatureState, encode_rows, fit_features
from banian.batches.number import SPECIALS, fit_number
from banian.batches.vocabulary import Vocabulary, fit_vocabulary
from banian.examples import EntityFeatures, Examples


@pytest.fixture
def state(examples, training) -> FeatureState:
    return fit_features(examples, training)


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
    return EntityFeatures(np.where(keep, seen.present, ~seen.present), pa.table(columns))


def test_rows_that_do_not_train_change_nothing(examples, training, state):
    grains = {}
    for grain, rows in examples.grains.items():
        keep = training[grain]
        entities = {name: blank(seen, keep) for name, seen in rows.entities.items()}
        scene = pa.compute.if_else(pa.array(keep), rows.scene, pa.scalar("nonsense"))
        grains[grain] = replace(rows, entities=entities, scene=scene)
    assert fit_features(Examples(grains, None), training) == state
    everything = {grain: np.ones(len(rows), bool) for grain, rows in grains.items()}
    assert fit_features(Examples(grains, None), everything) != state


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
    assert fit_features(Examples(turned, None), training) == state


def test_scenes_are_known_by_their_training_rows(state):
    assert state.scenes == Vocabulary(("cart", "home"))


def test_fields_that_never_vary_are_left_out(rows, entity):
    constant = {
        "same": pa.array([2.0] * 60),
        "nothing": pa.nulls(60, pa.float64()),
        "rare": pa.array([str(row // 9) for row in range(60)]),
        "silent": pa.nulls(60, pa.string()),
    }
    examples = Examples({"shops": rows("shops", {"shops": entity(60, 3, **constant)})}, None)
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
    state = fit_features(Examples(grains, None), training)
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
            assert torch.equal(block.numeric, other.blocks[name].numeric)
            assert torch.equal(block.categorical, other.blocks[name].categorical)


def test_odd_values_and_empty_vocabularies_survive_too():
    odd = Vocabulary(("", "日本", "a\nb", '"', "🍵", "null", "a\x00b"))
    bare = EntityState({}, {})
    full = EntityState({}, {"plan": odd, "nothing": Vocabulary(())}, bins=13)
    for scenes in (Vocabulary(()), odd):
        state = FeatureState({"customers": full, "sellers": bare}, scenes)
        again = through_disk(state)
        assert again == state
        assert list(again.entities["customers"].categories) == ["plan", "nothing"]
