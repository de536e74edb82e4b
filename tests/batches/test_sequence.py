import io
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pytest
import torch
from one_field import encode_number
from packed import unpack

from banian.batches import (
    ID,
    CategoryPart,
    FeatureState,
    NumberPart,
    encode_rows,
    fit_features,
    load_batches,
    save_batches,
)
from banian.examples import Examples
from banian.features import EntityFeatures
from banian.features.codecs import Vocabulary, fit_number, fit_vocabulary
from banian.spec import AttentionSpec, FieldsSpec, IdsSpec, ModelSpec, TransformerSpec

ROWS, EVENTS = 200, 700
ATTENTION = ModelSpec(sequences=AttentionSpec(steps=6))


def draw_events(seed: int, sizes: np.ndarray) -> pa.Table:
    """Overlapping lists of amounts, products and times between."""
    generator = np.random.default_rng(seed)
    values = {
        "lines.amount": pa.array(generator.lognormal(1, 1, EVENTS).round(2)),
        "lines.item": pa.array(generator.choice([f"item {n}" for n in range(9)], EVENTS)),
        "lines.gap.days": pa.array(generator.exponential(4, EVENTS)),
    }
    start = pa.array(generator.integers(0, EVENTS - 20, len(sizes)), pa.int32())
    counts = pa.array(sizes, pa.int32())
    return pa.table(
        {name: pa.ListViewArray.from_arrays(start, counts, v) for name, v in values.items()}
    )


@pytest.fixture
def examples(rows, entity) -> Examples:
    """Customers and offers, both of which see the lines of a customer; an offer names its item."""
    grains = {}
    for seed, grain in enumerate(("customers", "offers")):
        sizes = np.random.default_rng(seed).integers(0, 15, ROWS)
        recency = pa.array(np.where(sizes > 0, sizes * 1.5, np.nan), from_pandas=True)
        customer = replace(
            entity(ROWS, seed, **{"lines.recency": recency}),
            sequences={"lines": draw_events(seed, sizes)},
            links={"lines.item": "items"},
        )
        entities = {"customers": customer}
        if grain == "offers":
            ids = pa.array([f"item {n % 5}" for n in range(ROWS)])
            entities["items"] = replace(entity(ROWS, 7, present=1.0), ids=ids)
        grains[grain] = rows(grain, entities)
    return Examples(grains)


@pytest.fixture
def training() -> dict[str, np.ndarray]:
    return {"customers": np.arange(ROWS) % 3 > 0, "offers": np.arange(ROWS) % 4 > 0}


def seen_events(examples: Examples, training: dict[str, np.ndarray], name: str) -> list[object]:
    """The values of every event that some training row sees among its newest six, once per grain."""
    found: list[object] = []
    for grain, rows in sorted(examples.grains.items()):
        view = rows.entities["customers"]
        lists = view.sequences["lines"][name].chunk(0)
        places = set()
        for row in np.flatnonzero(view.present & training[grain]):
            start, size = lists.offsets[int(row)].as_py(), lists.sizes[int(row)].as_py()
            places |= set(range(start, start + min(size, 6)))
        values = lists.values.to_pylist()
        found += [values[place] for place in sorted(places)]
    return found


def through_disk(state: FeatureState) -> FeatureState:
    tree = json.loads(json.dumps(state.to_dict(), allow_nan=False))
    file = io.BytesIO()
    feather.write_feather(state.vocabularies(), file)
    return FeatureState.from_parts(tree, feather.read_table(io.BytesIO(file.getvalue())))


def test_events_are_fitted_on_what_training_rows_see_of_them(examples, training):
    state = fit_features(examples, training, ATTENTION).entities["customers"].sequences["lines"]
    amounts = np.array(seen_events(examples, training, "lines.amount"))
    items = pa.chunked_array([seen_events(examples, training, "lines.item")])
    assert state.events.numbers == {"lines.amount": fit_number(amounts)}
    assert state.events.categories == {"lines.item": fit_vocabulary(items)}
    assert (state.steps, state.links) == (6, {})
    assert state.fields.steps == 6


def test_without_sequences_in_the_model_nothing_is_kept(examples, training):
    state = fit_features(examples, training)
    assert state.entities["customers"].sequences == {}
    assert encode_rows(state, examples.grains["offers"]).blocks["customers"].events == {}


@pytest.mark.parametrize("spec", [AttentionSpec(steps=6), TransformerSpec(steps=6)])
def test_every_row_sees_its_newest_events_encoded_by_their_states(examples, training, spec):
    state = fit_features(examples, training, ModelSpec(sequences=spec))
    rows = examples.grains["offers"]
    view, fitted = rows.entities["customers"], state.entities["customers"].sequences["lines"]
    events = encode_rows(state, rows).blocks["customers"].events["lines"]
    for row in range(ROWS):
        lists = {
            n: view.sequences["lines"][n][row].as_py() for n in view.sequences["lines"].column_names
        }
        count = min(len(lists["lines.item"]), 6) if view.present[row] else 0
        assert events.count[row] == count
        at = slice(int(events.first[row]), int(events.first[row]) + count)
        amount = np.array(lists["lines.amount"][:count], float)
        numeric, special = encode_number(fitted.events.numbers["lines.amount"], amount)
        np.testing.assert_array_equal(unpack(events.part(NumberPart))[at, 0], numeric)
        np.testing.assert_array_equal(events.part(NumberPart).codes[at, 0], special)
        items = pa.chunked_array([lists["lines.item"][:count]], pa.string())
        codes = fitted.events.categories["lines.item"].encode(items)
        np.testing.assert_array_equal(events.part(CategoryPart).codes[at, 0], codes)
        if count:
            recency = view.columns["lines.recency"][row].as_py()
            days = recency + np.cumsum([0.0, *lists["lines.gap.days"][: count - 1]])
            age = (np.log1p(days) - fitted.age_centre) / fitted.age_scale
            np.testing.assert_allclose(events.age[row, :count], age, rtol=0, atol=1e-5)


def test_ages_have_mean_zero_and_deviation_one_on_training_rows(examples, training):
    state = fit_features(examples, training, ATTENTION)
    ages = []
    for grain, rows in examples.grains.items():
        view = rows.entities["customers"]
        events = encode_rows(state, rows).blocks["customers"].events["lines"]
        is_there = torch.arange(6) < events.count.unsqueeze(1)
        is_there[~torch.from_numpy(view.present & training[grain])] = False
        ages.append(events.age[is_there])
    assert torch.cat(ages).mean().abs() < 1e-5
    assert abs(torch.cat(ages).std() - 1) < 1e-3


def test_a_column_that_names_an_entity_takes_over_the_codes_of_its_ids(examples, training):
    spec = ModelSpec(sequences=AttentionSpec(), ids=IdsSpec(rows=10))
    state = fit_features(examples, training, spec)
    lines = state.entities["customers"].sequences["lines"]
    known = state.entities["items"].categories[ID]
    assert isinstance(known, Vocabulary)
    assert len(known.values) == 5
    assert lines.events.categories["lines.item"] == known
    assert lines.fields.links == {"lines.item": "items"}


def test_a_column_of_events_is_hashed_where_the_model_says_so(examples, training):
    fields = FieldsSpec(hash={"customers.lines.item": 30})
    state = fit_features(examples, training, replace_fields(fields))
    assert state.entities["customers"].sequences["lines"].fields.vocabulary_sizes == (32,)


def replace_fields(fields: FieldsSpec) -> ModelSpec:
    return ATTENTION.model_copy(update={"fields": fields})


def test_the_state_survives_json_and_arrow_exactly(examples, training):
    for ids in (IdsSpec(rows=10), ATTENTION.ids):
        state = fit_features(examples, training, ATTENTION.model_copy(update={"ids": ids}))
        assert through_disk(state) == state


def test_batches_with_events_survive_the_disk_exactly(examples, training, tmp_path):
    state = fit_features(examples, training, ATTENTION)
    batch = encode_rows(state, examples.grains["offers"])
    save_batches(state, {"offers": batch}, tmp_path)
    again_state, again = load_batches(tmp_path)
    assert again_state == state
    one = batch.blocks["customers"].events["lines"]
    other = again["offers"].blocks["customers"].events["lines"]
    for name in ("first", "count", "age"):
        assert torch.equal(getattr(one, name), getattr(other, name))
    for part in (NumberPart, CategoryPart):
        for name, tensor in one.part(part).tensors.items():
            assert torch.equal(tensor, other.part(part).tensors[name])


def test_chosen_rows_see_the_same_events_in_the_same_memory(examples, training):
    state = fit_features(examples, training, ATTENTION)
    batch = encode_rows(state, examples.grains["offers"])
    index = torch.tensor([9, 4, 4])
    whole = batch.blocks["customers"].events["lines"]
    chosen = batch.rows(index).blocks["customers"].events["lines"]
    assert chosen.part(NumberPart).values is whole.part(NumberPart).values
    for name in ("first", "count", "age"):
        assert torch.equal(getattr(chosen, name), getattr(whole, name)[index])
    moved = batch.to(torch.device("cpu"), torch.float64).blocks["customers"].events["lines"]
    assert (moved.age.dtype, moved.part(NumberPart).values.dtype) == (torch.float64, torch.int16)


def test_a_row_is_encoded_the_same_among_any_others(examples, training):
    state = fit_features(examples, training, ATTENTION)
    rows = examples.grains["offers"]
    whole = encode_rows(state, rows).blocks["customers"].events["lines"]
    for row in (3, 77, 140):
        alone = encode_rows(state, rows.take(np.array([row]))).blocks["customers"].events["lines"]
        count = int(alone.count)
        assert count == whole.count[row]
        assert torch.equal(alone.age[0], whole.age[row])
        at, here = int(whole.first[row]), int(alone.first)
        for part in (NumberPart, CategoryPart):
            for name, tensor in alone.part(part).tensors.items():
                other = whole.part(part).tensors[name]
                assert torch.equal(tensor[here : here + count], other[at : at + count])


def test_a_row_without_the_entity_sees_no_events(examples, training):
    state = fit_features(examples, training, ATTENTION)
    rows = examples.grains["offers"]
    view = rows.entities["customers"]
    gone = EntityFeatures(np.zeros(ROWS, bool), view.columns, view.sequences)
    batch = encode_rows(state, replace(rows, entities={"customers": gone}))
    assert not batch.blocks["customers"].events["lines"].count.any()
