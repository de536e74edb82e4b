import pyarrow as pa
import pytest

from banian.batches import ID, EntityState, FeatureState, add_ids
from banian.batches.state import SequenceState
from banian.errors import SpecError
from banian.features.codecs import Buckets, Vocabulary
from banian.spec import IdsSpec

ITEMS = Vocabulary(pa.array(["tea", "salt"]))
BRANDS = Vocabulary(pa.array(["acme"]))
LINES = SequenceState(
    EntityState({}, {"brand": BRANDS, "item": ITEMS}), {"item": "items"}, 4, 0.0, 1.0
)
STATE = FeatureState(
    {
        "customers": EntityState({}, {ID: Buckets(9)}, sequences={"lines": LINES}),
        "items": EntityState({}, {"brand": BRANDS, ID: ITEMS}),
        "scenes of items": EntityState({}, {"brand": BRANDS}),
    },
    Vocabulary(pa.array(["home"])),
)
LATER = pa.chunked_array([["salt", "milk", None, "milk"], ["oil", "milk", "oil", "rare"]])


def test_ids_that_enough_rows_carry_get_codes_behind_the_known_ones_wherever_they_are_named():
    grown = add_ids(STATE, {"items": LATER}, IdsSpec(rows=2))
    codec = grown.entities["items"].categories[ID]
    assert codec.values.to_pylist() == ["tea", "salt", "milk", "oil"]
    assert grown.entities["customers"].sequences["lines"].events.categories["item"] == codec
    assert codec.encode(LATER).tolist() == [3, 4, 0, 4, 5, 4, 5, 1]
    assert grown.fields["items"].categories == {"brand": 3, ID: 6}
    assert grown.fields["customers"].events["lines"].categories == {"brand": 3, "item": 6}


def test_everything_else_stays_as_it_was():
    grown = add_ids(STATE, {"items": LATER}, IdsSpec(rows=2))
    back = add_ids(grown, {"items": LATER}, IdsSpec(rows=2))
    assert back == grown
    assert grown.entities["scenes of items"] == STATE.entities["scenes of items"]
    assert grown.entities["customers"].categories == STATE.entities["customers"].categories
    assert list(grown.entities["items"].categories) == ["brand", ID]
    assert add_ids(STATE, {"items": LATER}, IdsSpec(rows=9)) == STATE
    assert add_ids(STATE, {}, IdsSpec(rows=1)) == STATE


def test_forgotten_ids_lose_their_codes_wherever_they_are_named_and_others_take_them():
    gone = add_ids(STATE, {"items": LATER}, IdsSpec(rows=9, forget_after=1))
    codec = gone.entities["items"].categories[ID]
    assert codec.values.to_pylist() == [None, "salt"]
    assert gone.entities["customers"].sequences["lines"].events.categories["item"] is codec
    taken = add_ids(gone, {"items": LATER}, IdsSpec(rows=2, most=2, forget_after=1))
    assert taken.entities["items"].categories[ID].values.to_pylist() == ["milk", "salt"]
    assert taken.fields == STATE.fields


def test_hashed_ids_have_their_buckets_already():
    assert add_ids(STATE, {"customers": LATER}, IdsSpec(rows=1)) == STATE


def test_an_entity_without_ids_is_refused():
    with pytest.raises(SpecError, match="whose ids have no vectors") as caught:
        add_ids(STATE, {"item": LATER}, IdsSpec(rows=1))
    assert "Did you mean 'items'? There are: customers, items." in str(caught.value)
    with pytest.raises(SpecError, match="ids: embedded"):
        add_ids(STATE, {"scenes of items": LATER}, IdsSpec(rows=1))
